"""JSON of records with long texts is that of the standard library."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from copytaster.dumps.jsontext import json_line

LONG = ("text", "paragraphs")
TEXTS = st.text(st.one_of(st.sampled_from('"\\\n\r\t\0\x1f\x7f\u2028\ud800é雨'), st.characters()), max_size=20)
RECORDS = st.fixed_dictionaries(
    {"id": TEXTS, "text": TEXTS, "paragraphs": st.lists(TEXTS, max_size=4)},
    optional={"numbers": st.lists(st.lists(st.integers())), "confidence": st.floats(), "url": st.none()},
)


@given(RECORDS)
@example({"text": "", "paragraphs": []})
@example({"paragraphs": [""], "text": 'One.\n\nTwo "2".'})
@example({"id": "x"})
def test_the_bytes_are_those_of_the_library(record):
    assert json_line(record, LONG) == (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "replace")
