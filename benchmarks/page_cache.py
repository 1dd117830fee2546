"""How a file was written decides in which pages the system caches it: large ones after a copy or a read from disk,
pages of 4 KB after many small writes or writes through a memory map. Large pages are read up to 1.7 times as fast by one
core (measured on Zen 4), so a comparison of programs that map their weights must settle their files alike."""

import os
import pathlib
import shutil


def settle(path):
    """Replaces a file by a copy of itself, as a download or a cold start would leave it in the page cache."""
    copy = pathlib.Path(f"{path}.copy")
    shutil.copyfile(path, copy)
    os.replace(copy, path)
