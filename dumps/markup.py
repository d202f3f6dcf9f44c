"""The lines of a page in HTML, coloured by label: the one way in which reports and pages show them.

What a line is taken for is told three times, so that nobody depends on colour: by a word beside it, by the style of
the border at its left, and by colour. `STYLE` has no outside resource, and the markup has neither inline styles nor
scripts, so that a document may forbid both in its Content-Security-Policy.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Sequence

from copytaster.labels.label import Label
from copytaster.model.article import LabelledLine

DOUBTFUL = 0.75
"""A line whose label is less probable than this is marked as doubtful."""
MOST_SHOWN = 4000
"""Characters of a line that are shown; of what is cut off the number is told."""

_STEPS = 20  # of the bar that shows the probability
# What HTML does not allow, and half a surrogate pair, which has no UTF-8 form. Direction marks stay, isolated by `dir`.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

STYLE = """\
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1b1f; --faint: #5c5c66; --rule: #d5d5dc; --raised: #f4f4f7; --focus: #0b57d0;
  --headline: #8a1a6b; --body: #0b5a34; --teaser: #8a4b00; --nav: #4a5568; --wrong: #b3141d; --wrong-paper: #fdeced;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16171b; --ink: #e8e8ec; --faint: #a6a7b3; --rule: #3a3c45; --raised: #202229; --focus: #8ab4f8;
    --headline: #f4a3dc; --body: #7fd6a5; --teaser: #f2b872; --nav: #aeb8c8; --wrong: #ff9a97; --wrong-paper: #3a1d20;
  }
}
.lines { list-style: none; margin: 0; padding: 0; color: var(--ink); background: var(--paper); }
.line {
  display: grid; grid-template-columns: 3.2rem 5.4rem 4.2rem minmax(0, 1fr); column-gap: .6rem; align-items: baseline;
  padding: .18rem .4rem .18rem .5rem; border-left: .45rem solid var(--of-label);
}
.line.after-blank { margin-top: .5rem; }
.line.headline { --of-label: var(--headline); border-left-style: double; }
.line.body { --of-label: var(--body); border-left-style: solid; }
.line.teaser { --of-label: var(--teaser); border-left-style: dashed; }
.line.nav { --of-label: var(--nav); border-left-style: dotted; }
.line .number { color: var(--faint); text-align: right; font-variant-numeric: tabular-nums; }
.line .label { color: var(--of-label); font-weight: 600; }
.line .probability {
  color: var(--faint); text-align: right; font-size: .875em; font-variant-numeric: tabular-nums; white-space: nowrap;
  background: linear-gradient(var(--of-label), var(--of-label)) 0 100% / var(--share) 2px no-repeat;
}
.line .text { display: block; white-space: pre-wrap; overflow-wrap: anywhere; }
.line.headline .text { font-weight: 600; }
.line.teaser .text, .line.nav .text { color: var(--faint); }
.line.doubtful { background: var(--raised); }
.line .remark { grid-column: 4; color: var(--faint); font-size: .875em; }
.line.wrong { background: var(--wrong-paper); }
.line.wrong .remark { color: var(--wrong); font-weight: 600; }
.line .cut { color: var(--faint); }
.line a { color: inherit; }
.line:target { outline: 2px solid var(--focus); outline-offset: -2px; scroll-margin: 4rem; }
@media (max-width: 40rem) {
  .line { grid-template-columns: auto auto 3.6rem 1fr; justify-items: start; }
  .line .number { min-width: 2rem; }
  .line .text, .line .remark { grid-column: 1 / -1; }
}
@media print {
  .line { break-inside: avoid; }
  .line .probability { background: none; }
}
""" + "".join(f".p{step} {{ --share: {100 * step // _STEPS}%; }}\n" for step in range(_STEPS + 1))
"""CSS for what `lines_markup` gives, in light and dark; its variables serve the document around it too."""


def lines_markup(
    lines: Sequence[LabelledLine], truth: Sequence[Label | None] | None = None, *, anchor: str | None = None
) -> str:
    """Show some lines in HTML: number, label, probability and text of each, doubtful ones marked.

    Args:
        lines: The lines, in the order of the page.
        truth: For each of them the label that reading gave it, None where it is undecided. Where this is another than
            the line's, the line says so.
        anchor: What to begin the lines' ids with, as in ``anchor-12``, so that they can be linked to, and each doubtful
            line leads to the next; unique in the document. None for no ids.

    Returns:
        An ``<ol class="lines">`` with everything escaped.

    Raises:
        ValueError: If there is not one truth for each line.
    """
    truths = [None] * len(lines) if truth is None else truth
    following = _following_doubts(lines) if anchor else {}
    items: list[str] = []
    before = None
    for line, true in zip(lines, truths, strict=True):
        classes = ["line", str(line.label)]
        if before is not None and line.number > before + 1:
            classes.append("after-blank")
        before = line.number
        link = f"#{anchor}-{following[line.number]}" if line.number in following else None
        items.append(_item(line, true, classes, anchor and f"{anchor}-{line.number}", link))
    return f'<ol class="lines">\n{"".join(items)}</ol>\n'


def is_doubtful(line: LabelledLine) -> bool:
    """Whether a line is marked as doubtful."""
    return line.probability < DOUBTFUL


def percent(probability: float) -> str:
    """A probability as it is shown, never rounded to certainty."""
    return (
        "> 99 %" if 0.995 <= probability < 1 else "< 1 %" if 0 < probability < 0.005 else f"{100 * probability:.0f} %"
    )


def escape(text: str) -> str:
    """Text for HTML, in elements and quoted attributes; what HTML has no place for becomes U+FFFD."""
    return html.escape(_UNFIT.sub("\ufffd", text))


def _following_doubts(lines: Sequence[LabelledLine]) -> dict[int, int]:
    """For each doubtful line the number of the next one."""
    numbers = [line.number for line in lines if is_doubtful(line)]
    return dict(itertools.pairwise(numbers))


def _item(line: LabelledLine, true: Label | None, classes: list[str], ident: str | None, link: str | None) -> str:
    remarks = []
    if true is not None and true != line.label:
        classes.append("wrong")
        remarks.append(f"reading says {true}")
    if is_doubtful(line):
        classes.append("doubtful")
        rival = percent(line.probabilities[line.rival]).replace(" ", "\u00a0")
        remarks.append(f"doubtful: {line.rival} {rival}")
    remark = escape("; ".join(remarks))
    if link:
        remark += f' <a href="{escape(link)}">next doubtful line</a>'
    step = round(line.probability * _STEPS)
    text, cut = line.text[:MOST_SHOWN], len(line.text) - MOST_SHOWN
    return "".join([
        f'<li class="{" ".join(classes)}"',
        f' id="{escape(ident)}">' if ident else ">",
        f'<span class="number">{line.number}</span> <span class="label">{line.label}</span> ',
        f'<span class="probability p{step}">{escape(percent(line.probability))}</span> ',
        f'<span class="text" dir="auto">{escape(text)}',
        f'<span class="cut" dir="ltr"> … {cut:,} more characters</span>' if cut > 0 else "",
        "</span>",
        f' <span class="remark">{remark}</span>' if remark else "",
        "</li>\n",
    ])  # fmt: skip
