#!/usr/bin/env python3
"""Fetches a PJRT plugin: downloads pinned wheels with pip, which checks their sha256, and unpacks them into the cache.

    scripts/fetch_plugin.py cpu            # prints the folder: ~/.cache/easydel/plugins/cpu
    scripts/fetch_plugin.py cuda           # the CUDA plugin, then NVIDIA's libraries beside it (some GB)
    scripts/fetch_plugin.py cuda --bare    # the plugin alone: it compiles for a GPU that is not there
    scripts/fetch_plugin.py cpu --force    # again, over what is there

`easydel plugins install` runs this same script, and the build calls it for the C header inside the CPU wheel.
Nothing is executed from a wheel; it is unpacked as the zip file that it is. EASYDEL_CACHE_DIR or XDG_CACHE_HOME
move the cache. One line on stderr and exit status 1 say what went wrong.
"""
import argparse
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile

# Per plugin: its wheel, the libraries that go beside it, and a file that a complete folder has. Wheels are pinned by
# version and, per machine, by sha256.
PLUGINS = {
    "cpu": {
        "plugin": {
            "xla-cpu-pjrt==0.0.1": {
                "x86_64": "55837b6b7b47daa717f2d9a5a03563ea0ceaa338d06a81a1e2d3f060d960decc",
                "aarch64": "8f613be6e891858f40d64f9799319502fff42689661944fc18a6ffd8210b30c9",
            },
        },
        "contains": "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so",
    },
    "cuda": {
        "plugin": {
            "jax-cuda13-pjrt==0.11.2": {
                "x86_64": "e5ff589d43064913bb74027682d89639c7ea48f9f81c2bae6fc75117e913f93e",
                "aarch64": "63b55e50e5c2583a25e196ba06b034b63d2b2d8ad4c2f17935652c8d3ad2dd2d",
            },
        },
        "contains": "jax_plugins/xla_cuda13/xla_cuda_plugin.so",
        # CUDA 13 without a system-wide toolkit; only the driver comes from elsewhere.
        "libraries": {
            "nvidia-cublas==13.10.0.20": {
                "x86_64": "dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84",
                "aarch64": "c5f3418c0a845232a8cabc58f6fa52cfae7d8bd3680d94c3907aca710fd48d70",
            },
            "nvidia-cuda-cupti==13.5.25": {
                "x86_64": "9dcca41c12a734192b14e7128ae116bc9ce1b9da686e2ebf48ae7a4415f76650",
                "aarch64": "d7e4d908315461b6ecbdadfd3c403cc796ed218b293ad117568c947e811cff28",
            },
            "nvidia-cuda-nvcc==13.5.37": {
                "x86_64": "f5c4f7ead5d964fb4af42bbf1e6d3ec3c1e6e9d83b53749f691d387e7fcaa3a7",
                "aarch64": "588eda18eb5076ae859fe272844b526459228af22df0b117f54eec3aa82bc9c8",
            },
            "nvidia-cuda-nvrtc==13.5.37": {
                "x86_64": "86b4d68058807988b7d9af5b44917a0601e9c337f35ccd657bfb3c759ff8d8bc",
                "aarch64": "36e4fa2a8ada293f5693d308e531c196ab6f91cf7a0ff479bf96a537d43a6096",
            },
            "nvidia-cuda-runtime==13.5.37": {
                "x86_64": "df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d",
                "aarch64": "de2dc5a7367974228b0a69588a9acc9340d3768bef1bf38bf0801eb08497cd2d",
            },
            "nvidia-cudnn-cu13==9.28.1.4": {
                "x86_64": "a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec",
                "aarch64": "759b6a4919951ed8ec603dec97b96f6a6396c8269b95b3d345526e2471fb433d",
            },
            "nvidia-cufft==12.5.0.14": {
                "x86_64": "b8be26837a5abad2b5b74f3e92dd29f622a42934b355be0961a48712cbba23ad",
                "aarch64": "091cde103312d6e09366122fe3f67092dcfd94cc9785029d695d6bcffaa76fdf",
            },
            "nvidia-cusolver==12.4.1.2": {
                "x86_64": "b3b8e02fd2f2df869369af075dc3a179d43f6f7b85e94632a7dce556697be044",
                "aarch64": "1f54c8e0d5b1ebd183b4c5a79f0709fa90241e8254da381ca5b969ee97c8de32",
            },
            "nvidia-cusparse==12.9.4.2": {
                "x86_64": "072667e58c851a318738f5527a12eb225cbf058803f2ea451c722d8cf8edddec",
                "aarch64": "e2ce97f185c9c4b285e4a8fbf02cb96dd1b8dd66736ebe2f0a8da5f6012a4fb7",
            },
            "nvidia-nccl-cu13==2.32.3": {
                "x86_64": "1459723080ac889d73a26edfa3e04383a7928ab31ac8f0ec43b3ea9548b04ff3",
                "aarch64": "a5bee92b2f4af218c109f8d221c3c9adcc752b94ae0ffcb0ed5abf9341a7724c",
            },
            "nvidia-nvjitlink==13.5.37": {
                "x86_64": "280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb",
                "aarch64": "893f6f9a55b2720ed94913b5ba3332e972da8c78dfa2863d0244403dbd528ffc",
            },
            "nvidia-nvshmem-cu13==3.8.0": {
                "x86_64": "81a4d1f666543e6d34df6d2ff940c7da1435e34e186aab6f3c2b48861b64ef38",
                "aarch64": "8120175024f52a64323cfc5d645e95ac7345f1ee243a998d140ce19163285294",
            },
            "nvidia-nvvm==13.5.37": {
                "x86_64": "c41bfa362e407405163f103c2229f0765f8cc2ed7d148b754dc77f228bf7e070",
                "aarch64": "b659bd3115b7ac7ec8931e67d0e2c0dd09cd35b08a6a7372df6f8f22c67da80a",
            },
        },
    },
}


class Failure(Exception):
    pass


def cache_folder():
    if os.environ.get("EASYDEL_CACHE_DIR"):
        return pathlib.Path(os.environ["EASYDEL_CACHE_DIR"])
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(base) / "easydel"


def wrong_hash(lines):
    """What pip says of a wheel with another hash than the pinned one, in one line; None when it says no such thing."""
    if not any("DO NOT MATCH THE HASHES" in line for line in lines):
        return None
    wheel = next((line.split()[0] for line in lines if " from " in line and line.endswith(":")), "a wheel")
    expected, got = (next((line.split()[-1] for line in lines if line.startswith(word)), "another")
                     for word in ("Expected", "Got"))
    return (f"{wheel} has sha256 {got}, not {expected}: it is not what was tested; check which index pip uses")


def run_pip(command, wheels, *arguments):
    """Runs `pip download` or `pip install` on pinned wheels, in pip's mode that refuses any other bytes."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        for wheel, digests in wheels.items():
            if machine not in digests:
                raise Failure(f"{wheel} has no wheel for {machine}; known: {', '.join(digests)}")
            print(f"{wheel} --hash=sha256:{digests[machine]}", file=requirements)
        requirements.flush()
        result = subprocess.run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", command, "--no-deps",
             "--only-binary=:all:", "--require-hashes", "--retries", "1", "--timeout", "20", "--requirement",
             requirements.name, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode == 0:
        return
    if "No module named pip" in result.stderr:
        raise Failure("Python has no pip; install it (Debian: sudo apt-get install python3-pip)")
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    if reason := wrong_hash(lines):
        raise Failure(reason)
    if any("No matching distribution" in line for line in lines):
        lines.append(f"{lines[-1]} (is there a network, and does pip's index have it?)")
    raise Failure("pip failed: " + (lines[-1] if lines else f"exit status {result.returncode}"))


def fetch(name, force, bare, tell):
    plugin = PLUGINS[name]
    target = cache_folder() / "plugins" / name
    wants_libraries = "libraries" in plugin and not bare
    if (target / plugin["contains"]).exists() and not force and ((target / "nvidia").exists() or not wants_libraries):
        tell(f"The {name} plugin is in {target} already; --force fetches it again.")
        return target
    tell(f"Fetching the {name} plugin with pip. This can take minutes.")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Everything happens in a folder beside the target, which a rename then makes visible whole.
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=target.parent) as scratch:
        downloads, unpacked = pathlib.Path(scratch) / "wheels", pathlib.Path(scratch) / "unpacked"
        run_pip("download", plugin["plugin"], "--dest", str(downloads))
        for wheel in downloads.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(unpacked)
        if not (unpacked / plugin["contains"]).exists():
            raise Failure(f"{next(iter(plugin['plugin']))} lacks {plugin['contains']}")
        if wants_libraries:
            run_pip("install", plugin["libraries"], "--no-compile", "--target", str(unpacked))
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
    parser.add_argument("--tell", action="store_true", help="say on stderr what is being done")
    options = parser.parse_args()
    tell = (lambda message: print(message, file=sys.stderr, flush=True)) if options.tell else (lambda message: None)
    try:
        print(fetch(options.name, options.force, options.bare, tell))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except (OSError, zipfile.BadZipFile, shutil.Error) as error:
        print(f"cannot fetch the {options.name} plugin: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
