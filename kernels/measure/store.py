"""Groups of datasets in a netCDF file or zarr folder: replaced whole, by one process at a time."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .. import cache

if TYPE_CHECKING:
    import xarray as xr

ZARR, PART, FORMER = ".zarr", ".part", ".former"
LOCKS = "measuring"
ROOT = ""  # the name of the first group


class Unwritable(ValueError):
    """A file that another process writes to, or that lacks a package or permission."""


def missing_package(path: Path) -> str:
    """Why a file of that name cannot be read or written here; empty where it can."""
    wanted = {"zarr": "zarr"} if path.suffix == ZARR else {"netCDF4": "archwright[data]"}
    for package, install in ({"xarray": "archwright[data]"} | wanted).items():
        if find_spec(package) is None:
            kind = "a zarr folder" if path.suffix == ZARR else "a netCDF file"
            return f"{kind} needs the package {package}: pip install '{install}'"
    return ""


def write(path: Path, groups: Mapping[str, xr.Dataset]) -> None:
    """Write all groups, so that a kill at any moment leaves the former ones or these.

    Raises
    ------
    Unwritable
        If the system does not let it be written, or a package is missing.
    """
    if why := missing_package(path):
        raise Unwritable(why)
    temporary: Path | None = None
    try:
        if path.suffix == ZARR:
            temporary = Path(tempfile.mkdtemp(PART, path.name, path.parent))
        else:
            handle, name = tempfile.mkstemp(PART, path.name, path.parent)
            os.close(handle)
            temporary = Path(name)
        for group, data in groups.items():
            _append(temporary, path.suffix, group, data)
        temporary.chmod(0o755 if path.suffix == ZARR else 0o644)
        _replace(temporary, path)
    except OSError as error:
        why = error.strerror or str(error)
        raise Unwritable(f"the system does not let `{path}` be written: {why}") from None
    finally:
        if temporary is not None:
            _remove(temporary)


def _append(path: Path, suffix: str, group: str, data: xr.Dataset) -> None:
    mode: Any = "a" if group else "w"
    if suffix == ZARR:  # the second format has texts of a fixed width, which the third lacks
        data.to_zarr(path, mode=mode, group=group or None, zarr_format=2, consolidated=True)
    else:
        data.to_netcdf(path, mode=mode, group=group or None)


def _replace(new: Path, path: Path) -> None:
    """Put a file or folder in the place of another; folders take two steps, see `recover`."""
    if not path.is_dir():
        os.replace(new, path)
        return
    former = path.with_name(path.name + FORMER)
    _remove(former)
    os.replace(path, former)
    os.replace(new, path)
    _remove(former)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def read(path: Path, group: str = ROOT) -> xr.Dataset:
    """A group, in memory; raises whatever the backend does."""
    import xarray as xr

    engine = "zarr" if path.suffix == ZARR else None
    with xr.open_dataset(path, group=group or None, engine=engine, decode_times=False) as data:
        return data.load()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep other processes from writing to the same place; what a killed one left is tidied up.

    The lock lies in the user's cache, and the system frees it with the process.

    Raises
    ------
    Unwritable
        If another process holds it.
    """
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    with (cache.folder(LOCKS) / name).open("a") as file:
        try:
            _lock(file)
        except OSError:
            raise Unwritable(
                f"another process measures into `{path}`: wait for it, or write to another file"
            ) from None
        recover(path)
        yield


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def recover(path: Path) -> None:
    """Bring back a folder whose replacement was killed half-way, and remove unfinished files."""
    if not path.parent.is_dir():
        return
    former = path.with_name(path.name + FORMER)
    if former.is_dir() and not path.exists():
        os.replace(former, path)
    for left in path.parent.glob(f"{_literal(path.name)}*{PART}"):
        _remove(left)
    _remove(former)


def _literal(name: str) -> str:
    """A name in which a pattern has no special characters."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
