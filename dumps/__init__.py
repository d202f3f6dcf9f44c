"""Reading pages from dumps, and writing what was made of them."""

from copytaster.dumps.errors import PageError, RunError
from copytaster.dumps.extras import MissingExtraError
from copytaster.dumps.mirror import open_folder
from copytaster.dumps.partfile import OutputError
from copytaster.dumps.reader import read_pages
from copytaster.dumps.records import JsonKeys
from copytaster.dumps.result import Result
from copytaster.dumps.sources import InputError
from copytaster.dumps.text import BadPage
from copytaster.dumps.writers import FORMATS, FormatError, Writer, format_of, open_writer

__all__ = [
    "FORMATS",
    "BadPage",
    "FormatError",
    "InputError",
    "JsonKeys",
    "MissingExtraError",
    "OutputError",
    "PageError",
    "Result",
    "RunError",
    "Writer",
    "format_of",
    "open_folder",
    "open_writer",
    "read_pages",
]
