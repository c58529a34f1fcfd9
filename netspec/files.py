"""Files: written as a whole or not at all, and why one cannot be read or written."""

from __future__ import annotations

import os
from pathlib import Path


def reason(error: OSError | ValueError) -> str:
    """Why a file cannot be read or written, in the system's words; a ValueError is of a name that no file can have."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name beside it, then rename. Raises OSError, and then nothing has changed."""
    import tempfile  # it takes a while to import, and most commands write nothing

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
