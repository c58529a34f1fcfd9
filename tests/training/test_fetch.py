"""Downloads: whole and checked, from the first mirror that has them, or nothing at all."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec.execution.errors import CannotRun
from netspec.training.data import read_data
from netspec.training.data.idx import SOURCES, Source

from .data_files import write_mnist

FILES = tuple(SOURCES["mnist"].sums)


class Handler(SimpleHTTPRequestHandler):
    """A server of files; under /short/ it breaks off in the middle, under /wrong/ it gives something else."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        way, _, name = self.path.lstrip("/").partition("/")
        content = (Path(self.directory) / name).read_bytes()
        if way == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if way == "wrong":
            content = bytes(len(content))
        self.wfile.write(content[: len(content) // 2] if way == "short" else content)

    def log_message(self, format: str, *args: Any) -> None:
        """A test is silent."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """Where the files of a small MNIST can be had, and which of them have been asked for. The cache is empty."""
    write_mnist(tmp_path / "published")
    asked: list[str] = []
    monkeypatch.setattr(Handler, "asked", asked, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "published")))
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}", asked
    served.shutdown()
    served.server_close()


def publish(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *mirrors: str) -> None:
    sums = {name: hashlib.sha256((tmp_path / "published" / name).read_bytes()).hexdigest() for name in FILES}
    monkeypatch.setitem(SOURCES, "mnist", Source(mirrors, sums, SOURCES["mnist"].classes))


def cached(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").rglob("*") if path.is_file())


def test_files_are_downloaded_once(
    server: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = server
    publish(monkeypatch, tmp_path, f"{url}/good/")
    first = read_data("mnist", (1, 28, 28))
    assert len(asked) == 4
    assert cached(tmp_path) == sorted(FILES)
    again = read_data("mnist", (1, 28, 28))
    assert len(asked) == 4
    np.testing.assert_array_equal(first.train.images, again.train.images)


@pytest.mark.parametrize("bad", ["missing", "wrong", "short"])
def test_the_next_mirror_is_asked_where_one_fails(
    server: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    url, asked = server
    publish(monkeypatch, tmp_path, f"{url}/{bad}/", f"{url}/good/")
    assert len(read_data("mnist", (1, 28, 28)).train.labels) == 30
    assert len(asked) == 8
    assert cached(tmp_path) == sorted(FILES)


ANSWERS = {"missing": "answered 404", "wrong": "another file, or a broken one", "short": ""}


@pytest.mark.parametrize("bad", ANSWERS)
def test_a_broken_download_is_told_and_leaves_nothing_behind(
    server: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    url, _ = server
    publish(monkeypatch, tmp_path, f"{url}/{bad}/")
    with pytest.raises(CannotRun, match="cannot be downloaded; if you have it, say where with --data-dir") as failed:
        read_data("mnist", (1, 28, 28))
    (answer,) = failed.value.details
    assert answer.startswith(f"{url}/{bad}/: ")
    assert ANSWERS[bad] in answer
    assert cached(tmp_path) == []


def test_without_a_network_the_mirrors_are_named(
    server: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, tmp_path, "http://127.0.0.1:1/a/", "http://127.0.0.1:1/b/")
    with pytest.raises(CannotRun) as failed:
        read_data("mnist", (1, 28, 28))
    assert failed.value.details == tuple(f"http://127.0.0.1:1/{way}/: cannot be reached" for way in "ab")


def test_a_broken_file_in_the_cache_is_downloaded_anew(
    server: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = server
    publish(monkeypatch, tmp_path, f"{url}/good/")
    read_data("mnist", (1, 28, 28))
    (broken,) = (tmp_path / "cache").rglob(FILES[0])
    broken.write_bytes(gzip.compress(b"cut"))
    read_data("mnist", (1, 28, 28))
    assert len(asked) == 5
    assert broken.read_bytes() == (tmp_path / "published" / FILES[0]).read_bytes()
