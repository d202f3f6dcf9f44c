"""How results look in each format: the bytes of one, and what stands before, between and behind several.

A result is encoded where it was made, which may be another process; `Frames` puts encoded results into one file.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import NamedTuple

from copytaster.dumps.jsontext import json_line, utf8
from copytaster.dumps.markdown import markdown, markdown_title, plain_text, text_title
from copytaster.dumps.result import Result
from copytaster.dumps.webpage import (
    DOCUMENT_END,
    DOCUMENT_OF_NONE,
    DOCUMENT_OF_ONE,
    DOCUMENT_OF_SEVERAL,
    PAGE_END,
    PageView,
)  # fmt: skip
from copytaster.labels.tsv import write_tsv


class Encoded(NamedTuple):
    """A result as the bytes of a format.

    Attributes:
        title: What stands above it where there are several.
        body: The result itself.
        alone: What stands above it where it is the only one.
    """

    title: bytes
    body: bytes
    alone: bytes = b""


class Form(NamedTuple):
    """A format.

    Attributes:
        encode: Makes the bytes of a result.
        holds_first: Whether a result looks different alone than among others, so that the first must wait for a second.
        before_alone: What stands before the only one.
        before_first: What stands before the first of several.
        between: What stands before each further one.
        after_alone: What ends the only one.
        after_last: What ends several.
        none: What stands for no result at all.
    """

    encode: Callable[[Result], Encoded]
    holds_first: bool = True
    before_alone: bytes = b""
    before_first: bytes = b""
    between: bytes = b""
    after_alone: bytes = b""
    after_last: bytes = b""
    none: bytes = b""


class Frames:
    """The bytes of a file, from encoded results one by one.

    Args:
        form: The format.
        is_continued: Whether results, and none held back, are in the file already.
    """

    def __init__(self, form: Form, *, is_continued: bool = False) -> None:
        self._form = form
        self._held: Encoded | None = None
        self._is_empty = not is_continued

    @property
    def is_holding(self) -> bool:
        """Whether a result is held back."""
        return self._held is not None

    @property
    def is_empty(self) -> bool:
        """Whether there was no result yet."""
        return self._is_empty

    def add(self, result: Encoded) -> bytes:
        """What one more result adds to the file."""
        form = self._form
        if self._is_empty:
            self._is_empty = False
            if not form.holds_first:
                return result.title + result.body
            self._held = result
            return b""
        parts = [form.between, result.title, result.body]
        if self._held is not None:
            parts = [form.before_first, self._held.title, self._held.body, *parts]
            self._held = None
        return b"".join(parts)

    def end(self) -> bytes:
        """What the file ends with."""
        if self._is_empty:
            return self._form.none
        if self._held is not None:
            return self._form.before_alone + self._held.alone + self._held.body + self._form.after_alone
        return self._form.after_last


def _markdown(result: Result) -> Encoded:
    return Encoded(utf8(markdown_title(result.page.id)), utf8(markdown(result.article)))


def _text(result: Result) -> Encoded:
    return Encoded(utf8(text_title(result.page.id)), utf8(plain_text(result.article)))


def _json(result: Result) -> Encoded:
    return Encoded(b"", utf8(json.dumps(result.record(), ensure_ascii=False, indent=2)))


def _jsonl(result: Result) -> Encoded:
    return Encoded(b"", json_line(result.record(), long=("text", "paragraphs")))


def _tsv(result: Result) -> Encoded:
    file = io.BytesIO()
    write_tsv(result.labelled_page(), file, probabilities=result.probabilities())
    return Encoded(b"", file.getvalue())


def _html(result: Result) -> Encoded:
    page = PageView(result)
    return Encoded(utf8(page.title), utf8(page.body), utf8(page.alone))


FORMS = {
    "markdown": Form(_markdown, between=b"\n"),
    "text": Form(_text, between=b"\n"),
    "json": Form(_json, before_first=b"[\n", between=b",\n", after_alone=b"\n", after_last=b"\n]\n", none=b"[]\n"),
    "jsonl": Form(_jsonl, holds_first=False),
    "tsv": Form(_tsv, holds_first=False),
    "html": Form(
        _html,
        before_alone=utf8(DOCUMENT_OF_ONE),
        before_first=utf8(DOCUMENT_OF_SEVERAL),
        between=utf8(PAGE_END),
        after_alone=utf8(DOCUMENT_END),
        after_last=utf8(PAGE_END + DOCUMENT_END),
        none=utf8(DOCUMENT_OF_NONE),
    ),
}
"""The formats that are streams of bytes, by name."""
