#!/usr/bin/env python3
"""Checks the include graph: a layer of src/ includes only itself and layers before it.

The order is EASYDEL_ALL_LAYERS in CMakeLists.txt. Public headers include public headers only; the program includes
public headers and the internal ones named below.

    scripts/check_layers.py            # exit status 1 and one line per wrong include
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
# What the program may use of the inside: it reports on the machine and writes files as the library does.
CLI_LAYERS = {"base", "io"}


def layers():
    match = re.search(r"set\(EASYDEL_ALL_LAYERS ([^)]*)\)", (ROOT / "CMakeLists.txt").read_text())
    if not match:
        sys.exit("check_layers: CMakeLists.txt sets no EASYDEL_ALL_LAYERS")
    return match.group(1).split()


def sources(folder):
    return sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in (".h", ".cpp", ".inc"))


def includes(path):
    return INCLUDE.findall(path.read_text())


def wrong_includes(order):
    position = {layer: index for index, layer in enumerate(order)}
    for path in sources("src"):
        layer = path.relative_to(ROOT / "src").parts[0]
        if layer not in position:
            yield path, f"the folder src/{layer} is not in EASYDEL_ALL_LAYERS"
            continue
        for include in includes(path):
            target = include.split("/")[0]
            if target in position and position[target] > position[layer]:
                yield path, f'"{include}": {layer} comes before {target}'
    for path in sources("include"):
        for include in includes(path):
            if not include.startswith("easydel/"):
                yield path, f'"{include}": public headers include public headers only'
    for path in sources("cli"):
        for include in includes(path):
            target = include.split("/")[0]
            if target in position and target not in CLI_LAYERS:
                yield path, f'"{include}": the program may use public headers, {" and ".join(sorted(CLI_LAYERS))} only'


def main():
    order = layers()
    problems = list(wrong_includes(order))
    for path, problem in problems:
        print(f"{path.relative_to(ROOT)}: {problem}")
    if problems:
        return 1
    print(f"check_layers: {len(sources('src'))} files keep the order {' < '.join(order)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
