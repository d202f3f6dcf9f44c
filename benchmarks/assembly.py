"""How well articles are put together when every label is right.

    python benchmarks/assembly.py GOLD_FOLDER [CORPORA_FOLDER]

GOLD_FOLDER holds labelled pages; CORPORA_FOLDER the collections `wcxb/` and `fundus/` they come from, with authors and
dates. Prints the share of pages whose headline is right, the word F1 of `Article.text` against the labelled body and
standfirst, the share of known authors and dates that are found, and the time a page takes.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

from copytaster.labels import LABELS, Label, LabelledPage, read_labelled
from copytaster.model.article import Article
from copytaster.model.assembly import assemble
from copytaster.model.published import find_date
from copytaster.model.wording import letters, words
from copytaster.model.wrap import LogicalLine, logical_lines

SEPARATOR = re.compile(r"\s+(?:[-–—·•:~/]|--|::)\s+|\s*[|»｜]\s*|:\s+")


class Assembled(NamedTuple):
    """A page of gold and the article made of its labels."""

    page: LabelledPage
    lines: list[LogicalLine]
    labels: list[Label]
    article: Article
    seconds: float


def assembled(page: LabelledPage) -> Assembled:
    lines = logical_lines(page.page.rows)
    labels = [page.labels[line.first - 1] or Label.NAV for line in lines]
    numbers = [LABELS.index(label) for label in labels]
    start = time.perf_counter()
    article = assemble(page.page.rows, lines, numbers)
    return Assembled(page, lines, labels, article, time.perf_counter() - start)


def right_headlines(case: Assembled) -> set[tuple[str, ...]]:
    """The wordings that count: each headline line without the site's name, and lines next to each other joined."""
    indices = [index for index, label in enumerate(case.labels) if label is Label.HEADLINE]
    texts = [case.lines[index].text for index in indices]
    site = letters((case.page.page.site or "").rpartition(".")[0])
    right: set[tuple[str, ...]] = set()
    for text in texts:
        others = {letters(other) for other in texts if other != text}
        cuts = {text}
        for match in SEPARATOR.finditer(text):
            first, last = text[: match.start()], text[match.end() :]
            for part, rest in ((first, last), (last, first)):
                name = letters(rest)
                is_site = min(len(name), len(site)) > 2 and (name in site or (rest is last and site in name))
                if part and (letters(part) in others or is_site):
                    cuts.discard(text)
                    cuts.add(part)
        right.update(tuple(words(cut)) for cut in cuts)
    for first, second in itertools.pairwise(indices):
        if second == first + 1:
            right.add(tuple(words(f"{case.lines[first].text} {case.lines[second].text}")))
    return right


def word_f1(ours: Iterable[str], theirs: Iterable[str]) -> float:
    mine, other = Counter(ours), Counter(theirs)
    if not mine and not other:
        return 1.0
    return 2 * (mine & other).total() / (mine.total() + other.total())


def text_score(case: Assembled) -> float:
    gold = [line.text for line, label in zip(case.lines, case.labels, strict=True) if label is Label.BODY]
    return word_f1(words(case.article.text), words("\n".join([*gold, case.article.standfirst or ""])))


def known_facts(corpora: Path, page: LabelledPage) -> tuple[list[str], str | None]:
    """Authors and date (ISO) of a page as its collection gives them."""
    file = page.page.meta.get("file", "")
    if page.page.meta.get("source") == "wcxb":
        path = corpora / "wcxb" / file.replace("/html/", "/ground-truth/").replace(".html.gz", ".json")
        truth: dict[str, Any] = json.loads(path.read_text("utf-8"))["ground_truth"]
        author = truth.get("author")
        return ([author] if author else []), truth.get("publish_date")
    if page.page.meta.get("source") != "fundus":
        return [], None
    found = re.fullmatch(r"(.*?)_(\d{4})_\d\d_\d\d\.html\.gz", file)
    versions = json.loads((corpora / "fundus" / f"{found[1]}.json").read_text("utf-8")) if found else {}
    mine = [facts for facts in versions.values() if isinstance(facts, dict) and shows(page, facts.get("title"))]
    if len(mine) != 1:
        return [], None
    return mine[0].get("authors") or [], mine[0].get("publishing_date")


def is_person(name: str) -> bool:
    """Whether an author is given as a person, not as a nickname, an agency or the site."""
    return len(name.split()) > 1 and name.replace(" ", "").isalpha() and name.istitle()


def shows(page: LabelledPage, title: str | None) -> bool:
    rows = zip(page.page.rows, page.labels, strict=True)
    return bool(title) and any(label is Label.HEADLINE and letters(str(title)) in letters(row) for row, label in rows)


def printed_date(text: str, iso: str) -> bool:
    """Whether the text holds the date; the order of day and month is left open, as is a year not printed."""
    date = find_date(text)
    numbers = re.match(r"(\d{4})-(\d\d)-(\d\d)", iso)
    if date is None or numbers is None:
        return False
    year, month, day = map(int, numbers.groups())
    return date.year in (None, year) and {date.month, date.day} == {month, day}


def share(name: str, hits: list[bool], note: str = "") -> None:
    print(f"{name:<58} {mean(hits):>7.1%} of {len(hits):>4}  {note}" if hits else f"{name:<58}     no page")


def facts_table(cases: list[Assembled], corpora: Path, verbose: bool) -> None:
    authors, people, dates, known = [], [], [], []
    for case in cases:
        names, iso = known_facts(corpora, case.page)
        rows = "\n".join(
            row for row, label in zip(case.page.page.rows, case.page.labels, strict=True) if label is Label.NAV
        )
        printed = [name for name in names if letters(name) in letters(rows)]
        if printed:
            authors.append(any(letters(name) in letters(case.article.byline or "") for name in printed))
            if all(is_person(name) for name in printed):
                people.append(authors[-1])
            if verbose and not authors[-1]:
                print("AUTHOR", case.page.page.id, printed[:3], repr(case.article.byline))
        if iso and any(printed_date(row, iso) for row in rows.split("\n")):
            dates.append(printed_date(case.article.published or "", iso))
            if verbose and not dates[-1]:
                print("DATE", case.page.page.id, iso, repr(case.article.published))
        if names:
            known.append(case.article.byline is not None)
    share("byline names an author whom the page prints", authors)
    share("the same where these are people with two names", people)
    share("date is that of the collection, where the page prints it", dates)
    share("pages with a known author that get some byline", known)


def main(gold: str, corpora: str | None = None, *, verbose: bool = False) -> None:
    cases = [assembled(page) for page in read_labelled(gold)]
    headed = [case for case in cases if Label.HEADLINE in case.labels]
    hits = []
    for case in headed:
        hits.append(tuple(words(case.article.headline or "")) in right_headlines(case))
        if verbose and not hits[-1]:
            print("HEADLINE", case.page.page.id, repr(case.article.headline), right_headlines(case))
    scores = [text_score(case) for case in cases if Label.BODY in case.labels]
    if verbose:
        for case in cases:
            if Label.BODY in case.labels and text_score(case) < 0.98:
                print("TEXT", case.page.page.id, round(text_score(case), 3))
    times = [case.seconds for case in cases]
    share("headline right, pages with a headline line", hits)
    name = "word F1 of text, pages with a body line"
    print(f"{name:<58} {mean(scores):>7.4f} of {len(scores):>4}  lowest {min(scores):.3f}")
    share("pages with a standfirst", [case.article.standfirst is not None for case in cases])
    if corpora:
        facts_table(cases, Path(corpora), verbose)
    lines = sum(len(case.lines) for case in cases)
    print(f"{'time of a page':<58} {median(times) * 1e3:>5.2f} ms median, {1e6 * sum(times) / lines:.2f} us a line")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--verbose"]
    if not arguments:
        sys.exit(__doc__)
    main(*arguments[:2], verbose="--verbose" in sys.argv)
