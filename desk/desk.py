"""All pages on the desk: read by the model once, in order, each with what a user has made of it by now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copytaster.desk.marks import GUESS, LETTERS, UNDECIDED, labels_of
from copytaster.desk.sheet import Content, Sheet
from copytaster.labels.label import LABELS, Label
from copytaster.model.article import Article
from copytaster.model.assembly import assemble
from copytaster.model.classifier import Classifier, Reading
from copytaster.training.doubt import Doubt, doubt_of, margins, suggest
from copytaster.training.readings import readings

_NAV = LABELS.index(Label.NAV)
_DONE = "done before"


@dataclass(frozen=True, eq=False)
class Guess:
    """What the model makes of a page of n lines.

    Attributes:
        rows: The page's rows.
        labels: For each line an index into `LABELS`.
        probabilities: float32 (n, 4).
        margins: float64 (n,), see `copytaster.training.doubt.margins`.
    """

    rows: tuple[str, ...]
    labels: list[int]
    probabilities: npt.NDArray[np.float32]
    margins: npt.NDArray[np.float64]

    @classmethod
    def of(cls, reading: Reading) -> Guess:
        """What a reading says."""
        probabilities = np.array(reading.probabilities, dtype=np.float32).reshape(-1, len(LABELS))
        labels = np.asarray(reading.labels).tolist()
        return cls(reading.page.rows, labels, probabilities, margins(labels, reading.probabilities))


@dataclass(frozen=True)
class Tally:
    """How far a page is.

    Attributes:
        is_done: Whether a user has called it done.
        marked: Lines that have a label of the user's.
        changed: Those of them to which the model gives another.
    """

    is_done: bool
    marked: int
    changed: int


@dataclass
class Place:
    """A page's place on the desk.

    Attributes:
        sheet: The page.
        guess: What the model makes of it.
        doubt: What there is to learn from it.
        why: Why it stands where it stands, in words.
        tally: How far it is.
    """

    sheet: Sheet
    guess: Guess
    doubt: Doubt
    why: str
    tally: Tally


class Desk:
    """The pages, those first that would teach the model most; those that are done behind all others.

    Args:
        sheets: The pages.
        classifier: The model that guesses their labels.
        progress: Called with how many pages have been read by now.

    Attributes:
        places: The pages in order, by their keys.
        problems: The pages that the model could not read, and why.
    """

    def __init__(
        self, sheets: Sequence[Sheet], classifier: Classifier, progress: Callable[[int], None] | None = None
    ) -> None:
        self._classifier = classifier
        self.problems: list[str] = []
        read = self._read(sheets, progress or (lambda _: None))
        self.places: dict[str, Place] = {place.sheet.key: place for place in self._ordered(read)}

    def content(self, key: str) -> Content:
        """What stands on the page in a place now.

        Raises:
            SheetError: If its file cannot be read.
        """
        content = self.places[key].sheet.read()
        self._follow(key, content)
        return content

    def save(self, key: str, version: str, marks: str, *, is_done: bool) -> Content:
        """Save marks, see `Sheet.write`.

        Raises:
            StaleError: If they were made of another version.
            SheetError: If the file cannot be read or written.
        """
        place = self.places[key]
        content = place.sheet.write(version, marks, is_done=is_done, guesses=place.guess.labels)
        self._follow(key, content)
        return content

    def article(self, key: str, content: Content) -> Article:
        """The article that the present labels make; undecided lines are left out of it."""
        guess = self.places[key].guess
        labels = [_NAV if label is None else LABELS.index(label) for label in labels_of(content.marks, guess.labels)]
        page = content.page
        site = page.site if page.url else None
        return assemble(page.rows, content.lines, labels, guess.probabilities, site=site)

    def _read(self, sheets: Sequence[Sheet], progress: Callable[[int], None]) -> list[Place]:
        contents = [sheet.read() for sheet in sheets]
        read = readings((content.page for content in contents), self._classifier)
        places: list[Place] = []
        for count, (sheet, content, reading) in enumerate(zip(sheets, contents, read, strict=True), 1):
            if isinstance(reading, Reading):
                guess = Guess.of(reading)
                places.append(Place(sheet, guess, doubt_of(reading), _DONE, _tally(content, guess)))
            else:
                self.problems.append(str(reading))
            progress(count)
        return places

    @staticmethod
    def _ordered(places: Sequence[Place]) -> list[Place]:
        open_ = [place for place in places if not place.tally.is_done]
        done = [place for place in places if place.tally.is_done]
        order = suggest([place.doubt for place in open_], [place.doubt for place in done])
        for suggestion in order:
            open_[suggestion.place].why = suggestion.why
        return [*(open_[suggestion.place] for suggestion in order), *done]

    def _follow(self, key: str, content: Content) -> None:
        """Keep up with a page's file; where its lines were changed on disk, the model reads them anew."""
        place = self.places[key]
        if place.guess.rows != content.page.rows:
            place.guess = Guess.of(self._classifier.read([content.page])[0])
        place.tally = _tally(content, place.guess)


def _tally(content: Content, guess: Guess) -> Tally:
    marked = [(mark, LETTERS[label]) for mark, label in zip(content.marks, guess.labels, strict=True)]
    decided = [pair for pair in marked if pair[0] not in (GUESS, UNDECIDED)]
    return Tally(content.is_done, len(decided), sum(mark != guessed for mark, guessed in decided))
