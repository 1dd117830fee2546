#!/usr/bin/env python3
"""Fetches a PJRT plugin: downloads the pinned wheel with pip, checks its sha256 and unpacks it into the cache.

    scripts/fetch_plugin.py cpu            # prints the folder: ~/.cache/easydel/plugins/cpu
    scripts/fetch_plugin.py cuda           # the CUDA plugin, then NVIDIA's libraries beside it (some GB)
    scripts/fetch_plugin.py cuda --bare    # the plugin alone: it compiles for a GPU that is not there
    scripts/fetch_plugin.py cpu --force    # again, over what is there

`easydel plugins install` runs this same script, and the build calls it for the C header inside the CPU wheel.
Nothing is executed from a wheel; it is unpacked as the zip file that it is. EASYDEL_CACHE_DIR or XDG_CACHE_HOME
move the cache. One line on stderr and exit status 1 say what went wrong.
"""
import argparse
import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

# package, version, {machine: sha256 of the wheel}, a file that a complete folder has, further requirements
PLUGINS = {
    "cpu": {
        "package": "xla-cpu-pjrt==0.0.1",
        "sha256": {
            "x86_64": "55837b6b7b47daa717f2d9a5a03563ea0ceaa338d06a81a1e2d3f060d960decc",
            "aarch64": "8f613be6e891858f40d64f9799319502fff42689661944fc18a6ffd8210b30c9",
        },
        "contains": "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so",
    },
    "cuda": {
        "package": "jax-cuda13-pjrt==0.11.2",
        "sha256": {
            "x86_64": "e5ff589d43064913bb74027682d89639c7ea48f9f81c2bae6fc75117e913f93e",
            "aarch64": "63b55e50e5c2583a25e196ba06b034b63d2b2d8ad4c2f17935652c8d3ad2dd2d",
        },
        "contains": "jax_plugins/xla_cuda13/xla_cuda_plugin.so",
        # CUDA 13 without a system-wide toolkit; only the driver comes from elsewhere.
        "requirements": [
            "nvidia-cublas==13.10.0.20", "nvidia-cuda-cupti==13.5.25", "nvidia-cuda-nvcc==13.5.37",
            "nvidia-cuda-nvrtc==13.5.37", "nvidia-cuda-runtime==13.5.37", "nvidia-cudnn-cu13==9.28.1.4",
            "nvidia-cufft==12.5.0.14", "nvidia-cusolver==12.4.1.2", "nvidia-cusparse==12.9.4.2",
            "nvidia-nccl-cu13==2.32.3", "nvidia-nvjitlink==13.5.37", "nvidia-nvshmem-cu13==3.8.0",
            "nvidia-nvvm==13.5.37",
        ],
    },
}


class Failure(Exception):
    pass


def cache_folder():
    if os.environ.get("EASYDEL_CACHE_DIR"):
        return pathlib.Path(os.environ["EASYDEL_CACHE_DIR"])
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(base) / "easydel"


def run_pip(arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode == 0:
        return
    if "No module named pip" in result.stderr:
        raise Failure("Python has no pip; install it (Debian: sudo apt-get install python3-pip)")
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    if any("No matching distribution" in line for line in lines):
        lines.append(f"{lines[-1]} (is there a network, and does pip's index have it?)")
    raise Failure("pip failed: " + (lines[-1] if lines else f"exit status {result.returncode}"))


def download(plugin, folder):
    run_pip(["download", "--no-deps", "--only-binary=:all:", "--retries", "1", "--timeout", "20", "--dest", str(folder),
             plugin["package"]])
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise Failure(f"pip downloaded {len(wheels)} wheels of {plugin['package']} instead of one")
    return wheels[0]


def check(wheel, expected):
    digest = hashlib.sha256()
    with open(wheel, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    if digest.hexdigest() != expected:
        raise Failure(f"{wheel.name} has sha256 {digest.hexdigest()}, not {expected}: it is not what was tested; "
                      "check which index pip uses")


def fetch(name, force, bare):
    plugin = PLUGINS[name]
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    expected = plugin["sha256"].get(machine)
    if expected is None:
        raise Failure(f"{plugin['package']} has no wheel for {machine}; known: {', '.join(plugin['sha256'])}")
    target = cache_folder() / "plugins" / name
    wants_libraries = "requirements" in plugin and not bare
    if (target / plugin["contains"]).exists() and not force and ((target / "nvidia").exists() or not wants_libraries):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Everything happens in a folder beside the target, which a rename then makes visible whole.
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=target.parent) as scratch:
        wheel = download(plugin, pathlib.Path(scratch))
        check(wheel, expected)
        unpacked = pathlib.Path(scratch) / "unpacked"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        if not (unpacked / plugin["contains"]).exists():
            raise Failure(f"{wheel.name} lacks {plugin['contains']}")
        if wants_libraries:
            run_pip(["install", "--no-deps", "--no-compile", "--only-binary=:all:", "--target", str(unpacked), *plugin["requirements"]])
        if target.exists():
            target.rename(pathlib.Path(scratch) / "old")
        try:
            unpacked.rename(target)
        except OSError:  # another process was first
            if not (target / plugin["contains"]).exists():
                raise
    return target


def main():
    parser = argparse.ArgumentParser(prog="fetch_plugin", description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(PLUGINS))
    parser.add_argument("--force", action="store_true", help="fetch again, over what is there")
    parser.add_argument("--bare", action="store_true", help="without NVIDIA's libraries")
    options = parser.parse_args()
    try:
        print(fetch(options.name, options.force, options.bare))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except (OSError, zipfile.BadZipFile, shutil.Error) as error:
        print(f"cannot fetch the {options.name} plugin: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
