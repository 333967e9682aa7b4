"""Write files so that a reader sees the old one or the new one."""

import contextlib
import os
import tempfile


def atomic_write(path, content):
    """Replace a file's content in one step; make its folder when that is missing.

    Args:
        path: pathlib.Path.
        content: str (written as UTF-8 with \\n line ends) or bytes.

    Raises:
        OSError: the folder cannot be written; the old file is untouched.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)  # mkstemp gives 0600
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
