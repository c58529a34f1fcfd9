"""Published files, from the cache or from the first mirror that has them whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from netspec.execution.errors import CannotRun
from netspec.files import reason
from netspec.training.bars import Bars

TIMEOUT = 30
"""Seconds without an answer after which the next mirror is asked."""


def fetch(name: str, mirrors: Sequence[str], sums: Mapping[str, str], bars: Bars) -> dict[str, Path]:
    """The files of these SHA-256, by name. What is downloaded is checked before it gets its name.

    Raises :class:`CannotRun` that says what each mirror answered.
    """
    import pooch

    folder = Path(pooch.os_cache("netspec")) / name
    pooch.get_logger().setLevel("WARNING")
    return {file: _one(name, file, mirrors, sum, folder, bars) for file, sum in sums.items()}


def _one(name: str, file: str, mirrors: Sequence[str], sum: str, folder: Path, bars: Bars) -> Path:
    import pooch

    answers = []
    for mirror in mirrors:
        try:
            # pooch downloads beside the final name, checks the sum, and only then renames.
            path = pooch.retrieve(
                mirror + file,
                known_hash=f"sha256:{sum}",
                fname=file,
                path=folder,
                downloader=pooch.HTTPDownloader(progressbar=bars(file, "B"), timeout=TIMEOUT),
            )
            return Path(path)
        except PermissionError as error:
            raise CannotRun(f"{folder}: {reason(error)}") from None
        except ValueError:  # what came has another sum
            answers.append(f"{mirror}: another file, or a broken one")
        except OSError as error:  # requests' errors are of this class
            answers.append(f"{mirror}: {_reason(error)}")
    raise CannotRun(f"{name}: {file} cannot be downloaded; if you have it, say where with --data-dir", tuple(answers))


def _reason(error: OSError) -> str:
    """Why a mirror did not answer, in a few words."""
    import requests

    match error:
        case requests.HTTPError(response=requests.Response(status_code=status)):
            return f"answered {status}"
        case requests.Timeout():
            return "did not answer in time"
        case requests.ConnectionError():
            return "cannot be reached"
        case _:
            return (error.strerror or type(error).__name__).lower()
