"""What the commands about training share: the parts they need, bars of progress, the texts of a spec."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from netspec.cli.common import Failure
from netspec.source import Source
from netspec.syntax.project import SpecFile, decode, read_bytes, read_project

if TYPE_CHECKING:
    from tqdm import tqdm

PARTS = {
    "numpy": "NumPy",
    "matplotlib": "Matplotlib",
    "safetensors": "safetensors",
    "tqdm": "tqdm",
    "pooch": "pooch",
    "sklearn": "scikit-learn",
    "PIL": "Pillow",
}
"""The libraries of the extra `train`. All are asked for at the start: after hours one would be missed late."""


def need_parts() -> None:
    """Raises :class:`Failure` that names the libraries which training needs and which are not here."""
    missing = [name for module, name in PARTS.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise Failure(f"training needs {', '.join(missing)}: pip install 'netspec-lang[train]'")


def bar(doing: str, unit: str, total: int | None = None) -> tqdm[NoReturn]:
    """A bar of progress, on a terminal alone."""
    from tqdm import tqdm

    bytes_of_a_file = unit == "B"
    return tqdm(
        desc=doing,
        unit=unit,
        total=total,
        unit_scale=bytes_of_a_file,
        unit_divisor=1024 if bytes_of_a_file else 1000,
        disable=None,
        leave=False,
        dynamic_ncols=True,
    )


def spec_texts(path: Path) -> dict[str, str]:
    """The texts of a spec and of the files whose blocks it can call, by their places to each other; its own first."""
    main = read_project(Source(str(path), decode(read_bytes(path))), path.parent).main
    texts: dict[Path, str] = {}
    coming: list[SpecFile] = [main]
    while coming:
        file = coming.pop()
        where = Path(file.source.name).resolve()
        if where not in texts:
            texts[where] = file.source.text
            coming += [definition.file for definition in file.blocks.values()]
    common = os.path.commonpath([where.parent for where in texts])
    return {where.relative_to(common).as_posix(): text for where, text in texts.items()}
