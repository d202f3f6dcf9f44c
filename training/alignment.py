"""Carries the labels of a labelled page over to another rendering of the same page.

The same HTML reads differently in each renderer: lines are split, joined, wrapped, put side by side, left out. Whoever
has labelled one rendering need not label the others:

1. Lines whose words occur exactly once in both renderings are anchors; the longest chain of anchors in the same order
   cuts both pages into gaps, and a line that moved out of that order still takes its label along.
2. Between the anchors words are aligned in order: by runs of words unique to the gap, then by `difflib`.
3. What is left over, above all cells of tables that one renderer prints below and the other beside each other, is
   looked up by runs of words that have the same label wherever they occur.
4. A logical line takes the label that most of its matched words have, provided that half of it was matched; lines
   that print the headline beside the site's name, as page titles do, are headlines.
"""

from __future__ import annotations

import bisect
import difflib
import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from copytaster.labels.label import LABELS, Label
from copytaster.labels.page import LabelledPage, Page
from copytaster.model.wording import says_something, stems, words
from copytaster.model.wrap import LogicalLine, logical_lines

MIN_MATCHED = 0.5
"""Share of a line's letters that must be matched before its label is believed."""
RUN = 3
"""Words in a run that serves as an anchor between anchored lines."""
LOOKUP_RUN = 5
"""Words in a run that is looked up out of order; longer, since nothing but the words speaks for the match."""
MAX_CELLS = 60_000
"""Words times words up to which `difflib`, whose time grows with that product, aligns a gap ..."""
MAX_ALL_CELLS = 3_000_000
"""... and the sum of these over a page; what is beyond is left to the lookup."""
MAX_SITE_NAME = 40
"""Most letters that a page title has besides the headline's."""
MIN_HEADLINE = 8
"""Fewest letters of a headline by which a page title can be recognised."""
MIN_TITLE_SHARE = 0.6
"""Share of the headline's contents that a page's first line must have to be its title though worded otherwise."""

Mark = TypeVar("Mark", bound=Hashable)
"""What is carried over: a label, or whatever else is known of each row."""

# Soft hyphens and zero-width characters, which some renderers print and some do not.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True)
class Carried:
    """A page with the labels that another rendering of it had.

    Attributes:
        page: The page.
        labels: One label a row; None for a blank row and for one whose label could not be told.
    """

    page: Page
    labels: tuple[Label | None, ...]

    @cached_property
    def known(self) -> float:
        """The share of the rows that are not blank whose label is known, 1 for an empty page."""
        printed = len(self.page.numbers)
        return sum(label is not None for label in self.labels) / printed if printed else 1.0

    @cached_property
    def known_text(self) -> float:
        """As `known`, but rows count by their length."""
        lengths = [len(row.strip()) for row in self.page.rows]
        known = sum(length for length, label in zip(lengths, self.labels, strict=True) if label is not None)
        return known / sum(lengths) if any(lengths) else 1.0

    def complete(self, default: Label = Label.NAV) -> LabelledPage:
        """The page with every row labelled.

        Args:
            default: The label of rows whose label is not known. What one renderer prints and another does not is
                nearly always furniture: names of images, hidden menus, form fields.
        """
        labels = ((label or default) if row else None for row, label in zip(self.page.rows, self.labels, strict=True))
        return LabelledPage(self.page, tuple(labels))


def carry(labelled: LabelledPage, page: Page, *, title: str | None = None) -> Carried:
    """Label a page like another rendering of it.

    The time is about linear in the length of the pages: a tenth of a second for a usual one.

    Args:
        labelled: A rendering whose rows are labelled.
        page: Another rendering of the same page. All rows of a hard-wrapped line get the line's label.
        title: The HTML's ``<title>``, if known. A page that begins with it begins with a headline, whether or not the
            labelled rendering printed it.
    """
    source = _Text.of(logical_lines(labelled.page.rows), labelled.page.rows, labelled.labels)
    target: _Text[Label] = _Text.of(logical_lines(page.rows), page.rows, None)
    found = _matched_labels(source, target)
    _look_up(source, target, found, whole_lines={Label.HEADLINE})
    headlines = _headlines(labelled)
    marks = _marks(labelled)
    labels: list[Label | None] = [None] * len(page.rows)
    for index, line in enumerate(target.lines):
        label = _elected(target, index, found) if says_something(line.text) else marks.get(_bare(line.text), Label.NAV)
        if index == 0:
            is_title = _is_title(line.text, headlines) or _is_reworded(line.text, headlines) or line.text == title
        else:
            is_title = label is None and _is_title(line.text, headlines)
        if is_title:
            label = Label.HEADLINE
        for number in range(line.first - 1, line.last):
            labels[number] = label
    return Carried(page, tuple(labels))


def carry_marks(
    rows: Sequence[str], marks: Sequence[Mark | None], onto: Sequence[str], *, whole_lines: Collection[Mark] = ()
) -> list[Mark | None]:
    """Carry whatever is known of the rows of one rendering over to those of another.

    Args:
        rows: Rows that are not wrapped.
        marks: One for each of them, None where nothing is known.
        onto: The rows of the other rendering; all rows of a hard-wrapped line get the line's mark.
        whole_lines: Marks that a line out of order takes only if all its words had it.

    Returns:
        One mark a row of the other rendering.
    """
    lines = [LogicalLine(number, number, row) for number, row in enumerate(rows, 1)]
    source = _Text.of(lines, rows, marks)
    target: _Text[Mark] = _Text.of(logical_lines(onto), onto, None)
    found = _matched_labels(source, target)
    _look_up(source, target, found, whole_lines=whole_lines)
    carried: list[Mark | None] = [None] * len(onto)
    for index, line in enumerate(target.lines):
        votes = _votes(target, index, found)
        if votes:
            carried[line.first - 1 : line.last] = [votes.most_common(1)[0][0]] * (line.last - line.first + 1)
    return carried


class _Text(NamedTuple, Generic[Mark]):
    """The words of a page, line after line; ``starts[i]`` to ``starts[i + 1]`` are those of ``lines[i]``."""

    lines: list[LogicalLine]
    words: list[str]
    starts: list[int]
    labels: list[Mark | None]  # one a word; empty for the page that has none yet

    @classmethod
    def of(cls, lines: list[LogicalLine], rows: Sequence[str], row_labels: Sequence[Mark | None] | None) -> _Text[Mark]:
        text = cls(lines, [], [0], [])
        for line in lines:
            for number in range(line.first - 1, line.last):
                found = _words(rows[number])
                text.words.extend(found)
                if row_labels is not None:
                    text.labels.extend([row_labels[number]] * len(found))
            text.starts.append(len(text.words))
        return text

    def keys(self) -> list[tuple[str, ...]]:
        return [tuple(self.words[begin:end]) for begin, end in zip(self.starts, self.starts[1:], strict=False)]


def _words(text: str) -> list[str]:
    return words(_INVISIBLE.sub("", text).replace("_", " "))  # form fields are drawn with underscores


def _matched_labels(source: _Text[Mark], target: _Text[Any]) -> list[Mark | None]:
    """For each word of the target the label of the word of the source that it was aligned with."""
    found: list[Mark | None] = [None] * len(target.words)
    used = [False] * len(source.words)
    source_keys, target_keys = source.keys(), target.keys()
    pairs = [(one, other) for one, other in _unique_pairs(source_keys, target_keys) if source_keys[one]]
    for one, other in pairs:
        begin, start, size = source.starts[one], target.starts[other], len(source_keys[one])
        found[start : start + size] = source.labels[begin : begin + size]
        used[begin : begin + size] = [True] * size
    budget = MAX_ALL_CELLS
    begin = start = 0
    for one, other in [*_chain(pairs), (len(source.lines), len(target.lines))]:
        left = [index for index in range(begin, source.starts[one]) if not used[index]]
        right = [index for index in range(start, target.starts[other]) if found[index] is None]
        if left and right:
            a, b = [source.words[index] for index in left], [target.words[index] for index in right]
            matches, cost = _aligned_words(a, b, budget)
            budget -= cost
            for i, j in matches:
                found[right[j]] = source.labels[left[i]]
        begin, start = source.starts[min(one + 1, len(source.lines))], target.starts[min(other + 1, len(target.lines))]
    return found


def _unique_pairs(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The positions of items that occur once in each sequence, in the order of the first."""
    counts, other_counts = Counter(a), Counter(b)
    places = {item: place for place, item in enumerate(b) if other_counts[item] == 1}
    return [(place, places[item]) for place, item in enumerate(a) if counts[item] == 1 and item in places]


def _chain(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of pairs that rises in both positions, from pairs that rise in the first."""
    tails: list[int] = []  # second position of the last pair of the best chain of each length
    ends: list[int] = []  # and that pair's index
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect.bisect_left(tails, place)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [place]
        ends[length : length + 1] = [index]
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _aligned_words(a: Sequence[str], b: Sequence[str], budget: int) -> tuple[list[tuple[int, int]], int]:
    """Pairs of places of equal words, rising in both, and what of the budget of cells finding them took."""
    matches: list[tuple[int, int]] = []
    cost = 0
    for begin, end, start, stop in _gaps(a, b, matches):
        cells = (end - begin) * (stop - start)
        if cells > MAX_CELLS or cost + cells > budget:
            continue
        cost += cells
        matcher = difflib.SequenceMatcher(None, a[begin:end], b[start:stop], autojunk=False)
        for block in matcher.get_matching_blocks():
            matches.extend((begin + block.a + step, start + block.b + step) for step in range(block.size))
    return matches, cost


def _gaps(a: Sequence[str], b: Sequence[str], matches: list[tuple[int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Match what is beyond doubt, adding it to the matches, and yield the bounds of what lies between."""
    waiting = [(0, len(a), 0, len(b))]
    while waiting:
        begin, end, start, stop = waiting.pop()
        while begin < end and start < stop and a[begin] == b[start]:
            matches.append((begin, start))
            begin, start = begin + 1, start + 1
        while begin < end and start < stop and a[end - 1] == b[stop - 1]:
            end, stop = end - 1, stop - 1
            matches.append((end, stop))
        if begin == end or start == stop:
            continue
        anchors = _chain(_unique_pairs(_runs(a[begin:end], RUN), _runs(b[start:stop], RUN)))
        if not anchors:
            yield begin, end, start, stop
            continue
        at, place = begin, start
        for one, other in anchors:
            one, other = begin + one, start + other
            if one < at or other < place:  # overlaps the anchor before, whose trimming has matched it
                continue
            waiting.append((at, one, place, other))
            matches.extend((one + step, other + step) for step in range(RUN))
            at, place = one + RUN, other + RUN
        waiting.append((at, end, place, stop))


def _runs(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return list(zip(*(items[step:] for step in range(size)), strict=False))


def _look_up(
    source: _Text[Mark], target: _Text[Any], found: list[Mark | None], *, whole_lines: Collection[Mark]
) -> None:
    """Label words that are not aligned where their whole line, or a run of them, has one label in all the source."""
    if None not in found:
        return
    aligned = list(found)
    by_line = _labels_of(_labelled_lines(source))
    by_run = _labels_of(_labelled_runs(source))
    for key, start in zip(target.keys(), target.starts, strict=False):
        label = by_line.get(key)
        _fill(found, start, len(key), label)
    for start, run in enumerate(_runs(target.words, LOOKUP_RUN)):
        label = by_run.get(run)
        # A caption that repeats the headline is no headline: of that, whole lines only.
        if label not in whole_lines and None in aligned[start : start + LOOKUP_RUN]:
            _fill(found, start, LOOKUP_RUN, label)


def _fill(found: list[Mark | None], start: int, size: int, label: Mark | None) -> None:
    for place in range(start, start + size):
        found[place] = found[place] or label


def _labelled_lines(text: _Text[Mark]) -> Iterator[tuple[tuple[str, ...], set[Mark | None]]]:
    for key, start in zip(text.keys(), text.starts, strict=False):
        yield key, set(text.labels[start : start + len(key)])


def _labelled_runs(text: _Text[Mark]) -> Iterator[tuple[tuple[str, ...], set[Mark | None]]]:
    for start, run in enumerate(_runs(text.words, LOOKUP_RUN)):
        yield run, set(text.labels[start : start + LOOKUP_RUN])


def _labels_of(uses: Iterator[tuple[tuple[str, ...], set[Mark | None]]]) -> dict[tuple[str, ...], Mark | None]:
    """The label of each run of words, None where its uses differ."""
    labels: dict[tuple[str, ...], Mark | None] = {}
    for run, used in uses:
        label = next(iter(used)) if len(used) == 1 else None
        labels[run] = label if labels.get(run, label) is label else None
    return labels


def _elected(target: _Text[Label], index: int, found: Sequence[Label | None]) -> Label | None:
    """The label that most of the line's letters have, None if too few of them have one."""
    votes = _votes(target, index, found)
    return max(LABELS, key=votes.__getitem__) if votes else None


def _votes(target: _Text[Mark], index: int, found: Sequence[Mark | None]) -> Counter[Mark]:
    """How many of the line's letters have each label; empty if too few of them have one."""
    begin, end = target.starts[index], target.starts[index + 1]
    votes: Counter[Mark] = Counter()
    for word, label in zip(target.words[begin:end], found[begin:end], strict=True):
        if label is not None:
            votes[label] += len(word)
    if votes.total() < MIN_MATCHED * sum(map(len, target.words[begin:end])):
        votes.clear()
    return votes


def _marks(labelled: LabelledPage) -> dict[str, Label]:
    """The usual label of each line without a word: "}" is body where there is code, "***" a separator."""
    uses: dict[str, Counter[Label]] = {}
    for row, label in zip(labelled.page.rows, labelled.labels, strict=True):
        if label is not None and not says_something(row):
            uses.setdefault(_bare(row), Counter())[label] += 1
    return {mark: max(LABELS, key=votes.__getitem__) for mark, votes in uses.items()}


def _bare(text: str) -> str:
    return "".join(text.split())


def _headlines(labelled: LabelledPage) -> list[list[str]]:
    """The words of each line that is the page's headline."""
    found = [
        _words(line.text)
        for line in logical_lines(labelled.page.rows)
        if labelled.labels[line.first - 1] is Label.HEADLINE
    ]
    return [headline for headline in found if sum(map(len, headline)) >= MIN_HEADLINE]


def _is_title(text: str, headlines: Sequence[Sequence[str]]) -> bool:
    """Whether a line is a headline, or one with a site's name before or behind it."""
    line = _words(text)
    length = sum(map(len, line))
    return any(
        0 <= length - sum(map(len, headline)) <= MAX_SITE_NAME
        and list(headline) in (line[: len(headline)], line[-len(headline) :])
        for headline in headlines
    )


def _is_reworded(text: str, headlines: Sequence[Sequence[str]]) -> bool:
    """Whether a line says most of what a headline says, and little else."""
    said = stems(text)
    for headline in headlines:
        wanted = stems(" ".join(headline))
        shared = len(wanted & said)
        if shared >= 2 and shared >= MIN_TITLE_SHARE * max(len(wanted), len(said) / 2):
            return True
    return False
