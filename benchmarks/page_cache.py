"""How a file came into the page cache decides how fast it is read: in pages of 4 KB after many small writes, writes through
a memory map or scattered reads, in larger ones after large writes or reading ahead. A core reads the large ones up to twice as fast,
so a comparison of programs that map their weights must have each of them bring its own file there."""

import os


def settle(path):
    """Writes a file to disk and drops it from the page cache, so that the next reader brings it there in its own way."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
