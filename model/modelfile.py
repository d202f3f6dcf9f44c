"""The model file: named arrays and a JSON header in one ``.npz``, read without pickle and without trust.

A pickle of a classifier runs code when it is read and breaks with the next scikit-learn; plain arrays do neither.
`docs/model-file.md` is the description of the format. In short, a zip archive of ``.npy`` members: ``header.npy``
first, JSON in UTF-8 as uint8; then the arrays in the order of their names. The same input makes the same bytes.

The rule for changing the format
    `FORMAT` goes up by one whenever a released reader would misread or refuse what is written now: an array renamed,
    removed, given another type or meaning; a header key likewise; a feature whose computation changed. It stays where
    old readers can ignore the addition. Whatever changes, ``header.npy`` remains the first member, uint8 JSON of an
    object with ``format`` (an integer) and ``copytaster`` (the version that wrote it), so that every reader, old or
    new, can say what it was given. Old formats are refused, not converted: a model is made again by a command.
    With the number, change `FROZEN` in ``tests/model/test_modelfile.py``, which fails when the format changed and the
    number did not, and write a line in the table of ``docs/model-file.md``.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
Header = dict[str, Any]

FORMAT: Final = 1
"""The format written, and the only one read."""
MAX_BYTES: Final = 64 * 2**20
"""Most bytes accepted, in the file and again unpacked; the shipped model takes less than a tenth."""

_HEADER: Final = "header"
_PIECE: Final = 2**16
_MAX_HEADER: Final = 2**20  # JSON takes up to thirty times as much once it is read
_MAX_NESTING: Final = 16  # of the header's lists and objects: more might take a deeper stack than there is
_MAX_MEMBERS: Final = 1024
_MEMBER: Final = re.compile(r"([A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*)\.npy")
_KINDS: Final = frozenset("biuf")  # booleans and numbers: no objects, no strings, no records
# The header of an array as `numpy.lib.format` writes it. numpy reads any Python literal there, which needs no trust but
# a deep stack.
_ARRAY_HEADER: Final = re.compile(
    rb"\{'descr': '([<>|][A-Za-z][0-9]{0,2})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:-?[0-9]{1,18}(?:, -?[0-9]{1,18})*)?),?\), \} *\n"
)
_MAX_ARRAY_HEADER: Final = 1024
_ZIP: Final = b"PK\x03\x04"
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")
_PICKLE_SUFFIXES: Final = frozenset((".joblib", ".pickle", ".pkl"))
_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the zip format's zero
_COMPRESSION_LEVEL: Final = 9

_AGAIN: Final = "train the model again or get an undamaged copy"
_SHOWN: Final = 200  # characters of a damaged file's own words in a message


class ModelFileError(ValueError):
    """A model file that cannot be read or written, or does not hold what it must. The message says what to do."""


def write_model(path: str | Path, header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write a model file, whole or not at all.

    Args:
        path: Where; a file there is replaced, and kept if writing fails.
        header: What JSON can hold. ``format`` and ``arrays`` are filled in, ``copytaster`` where it is missing.
        arrays: Booleans and numbers, named in letters, digits, underscores and dots.

    Raises:
        ModelFileError: If the file cannot be written, the header is no JSON, an array has another type or name, or all
            are larger than a reader accepts.
    """
    path = Path(path)
    members = {_HEADER: _packed_header(path, _completed(header, arrays))}
    for name in sorted(arrays):
        members[name] = _checked_array(path, name, arrays[name])
    if sum(array.nbytes for array in members.values()) > MAX_BYTES - 4096 * len(members):
        raise ModelFileError(
            f"{path}: the model is larger than {MAX_BYTES >> 20} MB: train with fewer or smaller trees"
        )
    data = _archive(members)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be written ({error.strerror}): choose another place") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def read_model(path: str | Path) -> tuple[Header, Arrays]:
    """Read a model file.

    Args:
        path: Where.

    Returns:
        The header, and the arrays by their names, read-only.

    Raises:
        ModelFileError: If there is no such file, or it is damaged, too large, of another format, or of another kind.
    """
    path = Path(path)
    data = _bytes_of(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_archive(path, archive)
    except ModelFileError:
        raise
    except Exception as error:  # what a damaged archive raises in zipfile, zlib or numpy could be anything
        raise ModelFileError(f"{path}: cut short or damaged ({_shown(str(error))}): {_AGAIN}") from error


def fingerprint(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    """Twelve hexadecimal digits that change with anything in a model: the ``model`` of every output.

    The same for what goes into `write_model` and for what `read_model` gives back.
    """
    digest = hashlib.sha256(_json(_completed(header, arrays)))
    for name in sorted(arrays):
        array = _portable(arrays[name])
        digest.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:12]


def _completed(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Header:
    made_by = header.get("copytaster") or _version()
    return {**header, "format": FORMAT, "copytaster": made_by, "arrays": sorted(arrays)}


def _version() -> str:
    from importlib import metadata  # which readers need not wait for

    try:
        return metadata.version("copytaster")
    except metadata.PackageNotFoundError:  # a checkout on the path, not installed
        return "unknown"


def _json(header: Header) -> bytes:
    return json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _packed_header(path: Path, header: Header) -> npt.NDArray[np.uint8]:
    try:
        _check_nesting(header)
        packed = np.frombuffer(_json(header), dtype=np.uint8)
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: the header cannot be written as JSON: {error}") from error
    if packed.size > _MAX_HEADER:
        raise ModelFileError(f"{path}: the header is larger than {_MAX_HEADER >> 20} MB: keep large things as arrays")
    return packed


def _checked_array(path: Path, name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if not _MEMBER.fullmatch(f"{name}.npy") or name == _HEADER:
        raise ModelFileError(f"{path}: {name!r} cannot be an array's name: use letters, digits, underscores and dots")
    if array.dtype.kind not in _KINDS:
        raise ModelFileError(f"{path}: {name} is an array of {array.dtype}: only booleans and numbers can be kept")
    return _portable(array)


def _portable(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array in C order and little-endian, whatever machine this is."""
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def _archive(members: Arrays) -> bytes:
    """The zip archive, with nothing in it that depends on time, machine or user, as `numpy.savez` would have."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in members.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=_TIME)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, member.getvalue(), zipfile.ZIP_DEFLATED, _COMPRESSION_LEVEL)
    return buffer.getvalue()


def _bytes_of(path: Path) -> bytes:
    """The file's bytes, if it is a zip archive of a size that a model can have."""
    try:
        with path.open("rb") as file:
            data = _at_most(file, MAX_BYTES + 1)
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such model file: check the path, or make one with copytaster train") from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}): name a model file") from error
    if _PICKLE.match(data) or path.suffix.lower() in _PICKLE_SUFFIXES:
        raise ModelFileError(
            f"{path}: looks like a pickle or joblib file. Those are not read, because reading one runs the code in it "
            "and fits one version of scikit-learn only: make an .npz with copytaster train"
        )
    if not data:
        raise ModelFileError(f"{path}: is empty: {_AGAIN}")
    if not data.startswith(_ZIP):
        raise ModelFileError(f"{path}: is not a model file (an .npz archive): name one made by copytaster train")
    if len(data) > MAX_BYTES:
        raise ModelFileError(f"{path}: is larger than {MAX_BYTES >> 20} MB, which no model file is")
    if data.count(_DIRECTORY_ENTRY) > _MAX_MEMBERS:  # before zipfile makes an object of each
        raise ModelFileError(f"{path}: holds more than {_MAX_MEMBERS} arrays, which no model file does")
    return data


def _at_most(file: IO[bytes], limit: int) -> bytes:
    """The file's bytes up to a limit; piece by piece, because a single `read` would set aside all of it at once."""
    data = bytearray()
    while len(data) < limit and (piece := file.read(min(_PIECE, limit - len(data)))):
        data += piece
    return bytes(data)


def _read_archive(path: Path, archive: zipfile.ZipFile) -> tuple[Header, Arrays]:
    members = archive.infolist()
    if f"{_HEADER}.npy" not in archive.namelist():
        raise ModelFileError(f"{path}: has no header, so it is not a model file: name one made by copytaster train")
    # One sum over all members, and `_read_member` reads no more of any than the directory says.
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise ModelFileError(f"{path}: unpacks to more than {MAX_BYTES >> 20} MB, which no model file does")
    header = _read_header(path, _read_member(archive, archive.getinfo(f"{_HEADER}.npy")))
    arrays: Arrays = {}
    for member in members:
        named = _MEMBER.fullmatch(member.filename)
        if named is None or named[1] in arrays:
            raise ModelFileError(f"{path}: holds {_shown(repr(member.filename))} where an array is expected: {_AGAIN}")
        arrays[named[1]] = _read_member(archive, member)
    del arrays[_HEADER]
    missing = [name for name in header["arrays"] if name not in arrays]
    if missing:
        raise ModelFileError(f"{path}: lacks the arrays {_shown(', '.join(missing))}: {_AGAIN}")
    return header, {name: arrays[name] for name in header["arrays"]}


def _read_header(path: Path, packed: npt.NDArray[Any]) -> Header:
    if packed.dtype != np.uint8 or packed.ndim != 1 or packed.size > _MAX_HEADER:
        raise ModelFileError(f"{path}: the header is not JSON kept as bytes: {_AGAIN}")
    try:
        header: Any = json.loads(packed.tobytes())
        _check_nesting(header)
        _json(header)  # what cannot be written again (half a character, a number that is none) has no fingerprint
    except (ValueError, RecursionError):
        raise ModelFileError(f"{path}: the header is not JSON: {_AGAIN}") from None
    number = header.get("format") if isinstance(header, dict) else None
    if type(number) is not int:
        raise ModelFileError(f"{path}: the header has no format number: name a file made by copytaster train")
    if number != FORMAT:
        advice = "upgrade copytaster" if number > FORMAT else "use that version"
        raise ModelFileError(
            f"{path}: made by copytaster {_shown(str(header.get('copytaster', 'unknown')))} in format "
            f"{_shown(str(number))}, which is "
            f"{'newer' if number > FORMAT else 'older'} than the format {FORMAT} that this one reads: "
            f"{advice} or train the model again"
        )
    names = header.get("arrays")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelFileError(f"{path}: the header does not list the arrays: {_AGAIN}")
    return dict(header)


def _check_nesting(header: object) -> None:
    """Raise ValueError if there are too many lists or objects inside each other."""
    level = [header]
    for _ in range(_MAX_NESTING):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
    if level:
        raise ValueError("too deeply nested")


def _shown(text: str) -> str:
    """Words out of a damaged file as a message may show them: not many, and nothing that a terminal would obey."""
    printable = "".join(character if character.isprintable() else "?" for character in text[:_SHOWN])
    return printable if len(text) <= _SHOWN else f"{printable}..."


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray[Any]:
    """Read one array, of exactly the size that the directory and its own header agree on.

    zipfile gives out no more than ``file_size`` bytes, unpacks in steps, and checks the sum when the last is read.
    """
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{member.filename} is compressed in another way")
    with archive.open(member) as stream:
        shape, dtype = _read_array_header(stream)
        if dtype.kind not in _KINDS:
            raise ValueError(f"{member.filename} is an array of {dtype}")
        n_bytes = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or stream.tell() + n_bytes != member.file_size:
            raise ValueError(f"{member.filename} is not of the size that it says")
        data = stream.read(n_bytes)
        if len(data) != n_bytes or stream.read(1):
            raise ValueError(f"{member.filename} is not of the size that it says")
    if dtype.kind == "b" and data.translate(None, b"\0\1"):
        # numpy counts on a boolean's being one of two bytes, and would write outside its arrays.
        raise ValueError(f"{member.filename} holds bytes that are neither true nor false")
    return np.frombuffer(data, dtype=dtype).astype(dtype.newbyteorder("="), copy=False).reshape(shape)


def _read_array_header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("an array is of another .npy version")
    length = int.from_bytes(stream.read(2), "little")
    described = _ARRAY_HEADER.fullmatch(stream.read(length)) if length <= _MAX_ARRAY_HEADER else None
    if described is None:
        raise ValueError("an array is not described as numpy describes an array of numbers")
    dtype, fortran_order, shape = described.groups()
    if fortran_order == b"True":
        raise ValueError("an array is in Fortran order")
    return tuple(map(int, filter(None, shape.split(b", ")))), np.dtype(dtype.decode())
