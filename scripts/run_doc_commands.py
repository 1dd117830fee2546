#!/usr/bin/env python3
"""Runs every command that the documentation shows, so that none goes stale.

Fenced blocks marked `sh` in README.md, CONTRIBUTING.md and docs/*.md are run with bash: the repository's root is the
working directory, build/ is first on the PATH, and $TMPDIR is a fresh folder for each document.
A block marked `sh norun` is only for reading (set-up that takes minutes, commands of other machines); one marked
`sh pjrt` needs the CPU plugin, and is left out, saying so, where that cannot be had.

    scripts/run_doc_commands.py                # all documents
    scripts/run_doc_commands.py docs/cli.md    # some
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(.*?)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
TIMEOUT_S = 300


def documents(arguments):
    if arguments:
        return [pathlib.Path(argument).resolve() for argument in arguments]
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(document):
    """The line number, marking and text of every block to run."""
    text = document.read_text()
    for match in FENCE.finditer(text):
        if match.group(1).strip() in ("sh", "sh pjrt"):
            yield text.count("\n", 0, match.start()) + 2, match.group(1).strip(), match.group(2)


def run_block(block, scratch):
    environment = dict(os.environ, PATH=f"{ROOT / 'build'}:{os.environ['PATH']}", TMPDIR=scratch)
    return subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=ROOT, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=TIMEOUT_S)


def main():
    if not (ROOT / "build" / "easydel").exists():
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cmake", "--build", "--preset", "release"], cwd=ROOT, check=True)
    has_plugin = subprocess.run([ROOT / "scripts" / "fetch_plugin.py", "cpu"], stdout=subprocess.DEVNULL,
                                check=False).returncode == 0
    ran = failed = 0
    for document in documents(sys.argv[1:]):
        with tempfile.TemporaryDirectory() as scratch:
            for line, marking, block in blocks(document):
                if marking == "sh pjrt" and not has_plugin:
                    print(f"{document.relative_to(ROOT)}:{line}: left out, there is no CPU plugin")
                    continue
                ran += 1
                result = run_block(block, scratch)
                if result.returncode != 0:
                    failed += 1
                    print(f"{document.relative_to(ROOT)}:{line}: exit {result.returncode}\n{block}{result.stdout}")
    if ran == 0:
        sys.exit("run_doc_commands: no blocks found")
    print(f"run_doc_commands: {ran} blocks ran, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
