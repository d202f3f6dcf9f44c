"""Who wrote the article, as printed: a line that says "by", or names alone between headline and text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copytaster.model.published import RELATIVE, Furniture, PrintedDate, find_date

MAX_LENGTH = 200
"""Characters of the longest byline."""
MAX_NAMES = 6
"""Lines of names that may follow a line "By" of their own."""
MAX_ROLE = 50
"""Characters of what an author is, behind the name and a comma."""
MAX_WORDS = 14
"""Words of the longest line of names."""
MAX_BARE_WORDS = 4
"""Words of the longest name that stands without "by" or a date beside it."""
MAX_BARE_PLACE = 6
"""Such a name is one of the first lines of furniture under the headline."""
MAX_SHORT = 8
"""Characters of the longest agency, or name in Han."""
MAX_REPORTER = 60
"""Characters of a line that names a reporter in Korean, Japanese or Chinese; a longer one is a caption."""

# Each begins with a letter that stands for itself.
_BY = (
    r"by|von|par|por|di|da|door|av|af|przez|autor[ae]?s?|autorin/autor|auteurs?|autore|authors?(?: of the article)?"
    r"|guide by|review by|analysis by|opinion by|column by"
    r"|kommentar von|kolumne von|analyse von|interview von|bericht von|gastbeitrag von"
    r"|texto?(?=\s?:)|tekst(?=\s?:)|written by|words by|reported by|posted by|story by|posté par|un texte de"
    r"|escrito por|skrevet av|skriven av"
    r"|от|автор|текст|автори|yazar|oleh|penulis|文|著者|筆者|ライター|執筆|取材・文|作者|记者|記者|글"
)
# A renderer that drops the tags between them glues "by" to the name.
_GLUED = r"(?-i:[Bb]y|[Vv]on|[Pp]ar|[Pp]or)(?=(?-i:[A-ZÀ-Þ])\w)"
# Most lines do not begin with one of their letters: asking for that first is several times as quick.
_FIRST_LETTERS = "".join(sorted({text[0] for text in _BY.split("|")}))
_says_by = re.compile(
    rf"\W*(?=[{_FIRST_LETTERS}])(?:(?:{_BY})(?:\s*[:：＝=/]\s*|\s+|$)|(?:written |posted )?{_GLUED})", re.IGNORECASE
).match
# What else the line of a byline holds: sections, comments, a date that was not recognised.
_REST = re.compile(r"\s+[|·•–—-]\s.*| (?:in|on|am|em|le|el|with|mit|avec) (?=[^\W_]).*", re.DOTALL)
_BY_MIDWAY = ("by", "von", "par", "por")
_makes = re.compile(r"\s*\b(?:written|posted|published|words|story|text)\s*$", re.IGNORECASE).sub
_embedded_by = re.compile(rf"(?<=[\s|·•–—⋅,])(?:{'|'.join(_BY_MIDWAY)})\s+(?=[^\W\d_])", re.IGNORECASE).search
_is_credit = re.compile(
    r"photo|foto|image|bild|illustrat|graphic|video|credit|courtesy|reviewed|fact.checked|edited|translated|powered"
    r"|sponsored|used by|©|grafik",
    re.IGNORECASE,
).search
_names_a_reporter = re.compile(r"\w{2,}\s?(?:記者|记者|기자|특파원)(?!\w{3})").search
_TOKEN = re.compile(r"[^\W\d_][\w'’.-]*")
_BETWEEN_NAMES = re.compile(r"\s*[|,;/&·]\s*|\s+(?:and|und|et|y|e|och|og|en|i)\s+")
# ruff's SIM905 would have these as lists of a hundred quoted words.
_PARTICLES = frozenset(
    "and und et y e i och og en de del della di da dos das van von der den la le el du af av bin al".split()  # noqa: SIM905
)
# Words of buttons, credits and menus, which are capitalised as names are.
_FURNITURE = frozenset(
    """
    about advertisement anhören anzeige anzeigen article artikel ask audio bild bilder bio blog book bron
    button category close comment commentaires comments compartir content contents continue conversation copy
    copyright courtesy credit cybersecurity day drucken e-mail edition email enregistrer enviar event events
    facebook facebooktwitter feedback flipboard follow forum foto fotos free gallery get getty gift guardar
    guide guides home hub image images industry insights istock join joined key kommentar kommentare last latest
    leave lesedauer lesezeit like link linkedin links listen location log login mail member menu merken min
    minutes month more most news newsletter next now online our page partager photo photos pin pinterest play
    podcast popular post posts press previous print privacy quelle question questions quick read reading recent
    reddit related release reply request reuters save search see send service services share sharing shopping
    shutterstock sign site size skip social son source speichern stay story study subscribe summary table tags
    teilen telegram text the this time to topics trade transcript trending tweet twitter uhr uncategorized
    update updated us use video videos views vídeo watch weblog weitere wellness werbung whatsapp x xing your
    youtube zusammenfassung
    """.split()  # noqa: SIM905
)
_WHEN = (
    r"(?:last )?(?:published|updated|posted|publicado|publi[ée] le|actualizado|aktualisiert|stand)\s*(?::|on\b|$)"
    rf"|(?:(?:published|updated|posted) )?{RELATIVE}"
)
_LEFT_OVER = r"\s(?:on|at|am|le|el|den|the)$"
_AFTER_NAMES = re.compile(rf"\W*(?:{_WHEN}).*|{_LEFT_OVER}", re.IGNORECASE | re.DOTALL)
# Whether that pattern can find any; many times as quick.
_more_than_names = re.compile(rf"(?=[alpsu\d])(?:{_WHEN})|{_LEFT_OVER}", re.IGNORECASE).search
_SEPARATORS = frozenset("|·•–—⋅,")
_has_no_digit = re.compile(r"\D*").fullmatch
_PART = re.compile(r"\s*[|·•⋅]\s*")
# What an author is or where, behind the name: "(Correspondent)", ", Lagos".
_behind_name = re.compile(r"[,(|·•⋅]|\s[–—-]\s").search
_is_spaced_han = re.compile(r"[\u4e00-\u9fff]{1,3}[ \u3000][\u4e00-\u9fff\u3040-\u30ff]{1,4}").fullmatch
# News agencies stand where names do.
_AGENCIES = frozenset(
    "aap afp ani ansa ap apa belga bta ctk dpa efe epd ians kna lusa ntb pap pti sda sid tass tt upi xinhua".split()  # noqa: SIM905
)
_EDGES = " \t\u00a0,;|·•–—-/(:"


def byline(
    under: Furniture, above: Furniture, after: Furniture, article: Sequence[str], edges: Furniture | None = None
) -> str | None:
    """The article's byline as printed, without a date glued to it.

    Args:
        under: Lines of furniture between headline and text.
        above: Those above the headline, the nearest first, then those in the first lines of the text.
        after: Those after the text.
        article: The headline and some paragraphs; a name found there is rather that of somebody written about.
        edges: Lines of the text's own where it begins and ends, and of its standfirst.
    """
    return (
        _stated(under)
        or _bare(under, article, dated_within=2, undated=MAX_BARE_PLACE)
        or _stated(above)
        or _bare(above, article, dated_within=1, undated=0)
        or (edges and _stated(edges))
        or _stated(after)
        or _bare(after, article, dated_within=0, undated=1)
    )


def _stated(furniture: Furniture) -> str | None:
    """The first line that says to be a byline, or announces one."""
    for place, line in enumerate(furniture.lines):
        if len(line) > MAX_LENGTH:
            continue
        if by := _says_by(line):
            if by.end() == len(line):
                if names := _following_names(furniture, place + 1):
                    return names if line.endswith((":", "：")) or " " in line else f"{line} {names}"
                continue
            if text := _named(without_date(line, furniture.dates[place]), by.end()):
                return text
        if midway := _said_midway(furniture, place):
            return midway
        if not line.isascii() and (len(line) <= MAX_REPORTER or "@" in line) and _names_a_reporter(line):
            return without_date(line, furniture.dates[place])
    return None


def _said_midway(furniture: Furniture, place: int) -> str | None:
    """What "by" begins within a line: after a date or a separator, or else it may be anybody's."""
    line = furniture.lines[place]
    # Looking for the words first is quicker than the pattern.
    by = _embedded_by(line) if any(map(line.lower().__contains__, _BY_MIDWAY)) else None
    if by is None or _is_credit(line):
        return None
    if _makes("", line[: by.start()]).rstrip()[-1:] not in _SEPARATORS and furniture.dates[place] is None:
        return None
    rest = line[by.start() :]
    return _named(without_date(rest, find_date(rest)), len(by.group()))


def _named(text: str, start: int) -> str | None:
    """The text, or else what of it comes before a separator, if a name begins at a place in it."""
    if (first := _TOKEN.match(text, start)) and first.group().lower() in _AGENCIES:
        return text
    for part in (text, _REST.sub("", text)):
        if _begins_with_name(part[start:]):
            return part
    name, comma, role = text[start:].partition(",")
    # "By Jane Doe, local democracy reporter"
    return text if comma and len(role) <= MAX_ROLE and is_names(name) and not name[:1].islower() else None


def _following_names(furniture: Furniture, place: int) -> str:
    """The names in the lines after one that says "by" and no more."""
    names: list[str] = []
    for line, date in zip(furniture.lines[place : place + MAX_NAMES], furniture.dates[place:], strict=False):
        text = without_date(line, date)
        # Behind "by" even "The Daily Team" is a name.
        if len(line) <= MAX_LENGTH and _begins_with_name(text) and not _names_furniture(text, lax=not names):
            if text not in names:
                names.append(text)
        elif text:
            break
    return ", ".join(names)


def _bare(furniture: Furniture, article: Sequence[str], *, dated_within: int, undated: int) -> str | None:
    """The first line of names alone.

    Args:
        furniture: Lines of furniture.
        article: What names must not be found in.
        dated_within: How many lines from a date such a line may stand; 0 for in the line of the date.
        undated: Among so many first lines it need not stand near a date.
    """
    tells_when = furniture.tells_when
    reach = len(tells_when) if True in tells_when else undated
    for place, line in enumerate(furniture.lines[:reach]):
        near_date = True in tells_when[max(0, place - dated_within) : place + dated_within + 1]
        if len(line) > MAX_LENGTH or not (near_date or place < undated):
            continue
        date = furniture.dates[place]
        text = _names_in(line, date)
        if text is None or _is_credit(line):
            continue
        people = [name for name in _BETWEEN_NAMES.split(text) if name]
        if any(name in part for part in article for name in people) or _are_words(text, article, lax=near_date):
            continue
        if near_date or (_has_no_digit(text) and all(2 <= len(name.split()) <= MAX_BARE_WORDS for name in people)):
            return text
    return None


def _names_in(line: str, date: PrintedDate | None) -> str | None:
    """The names that a line holds before or behind its date, or else between its separators."""
    if (names := _bare_names(without_date(line, date), lax=date is not None)) or date is None:
        return names
    behind = line[date.end :]
    if not behind and date.start < MAX_SHORT:  # as a rule the date stands alone
        return None
    others = [without_date(behind, find_date(behind))]
    if len(parts := _PART.split(line)) > 2:
        others += filter(_has_no_digit, parts)
    for text in others:
        if not text[:1].islower() and (names := _bare_names(text, lax=True)):
            return names
    return None


def _bare_names(text: str, *, lax: bool) -> str | None:
    """The text if it is names, or names and what their bearers are."""
    if _may_be_bare(text, lax=lax):
        return text
    behind = _behind_name(text, 5)
    if behind and len(text) - behind.start() <= MAX_ROLE:
        name = text[: behind.start()].rstrip()
        if name[:1].isupper() and name.count(" ") < MAX_BARE_WORDS and _may_be_bare(name, lax=False):
            return text
    return None


def _may_be_bare(text: str, *, lax: bool) -> bool:
    if is_names(text):
        return not text[0].isdigit() and ":" not in text and not _names_furniture(text, lax=lax)
    return len(text) <= MAX_SHORT and (text.lower() in _AGENCIES or _is_spaced_han(text) is not None)


def _are_words(text: str, article: Sequence[str], *, lax: bool) -> bool:
    """Whether the article says in small letters what might be a name: "Case Study" is none."""
    tokens = [token.lower() for token in _TOKEN.findall(text) if token[0].isupper()]
    said = "\n".join(article)
    known = sum(_is_said(f" {token}", said) for token in tokens)
    return known > len(tokens) / 2 if lax else 2 * known >= len(tokens) > 0


def _is_said(word: str, text: str) -> bool:
    end = -1
    while (place := text.find(word, end + 1)) >= 0:
        end = place + len(word)
        if not text[end : end + 1].isalpha():
            return True
    return False


def _begins_with_name(text: str) -> bool:
    return is_names(text, least=1, small=0.25) and not text.lstrip(_EDGES)[:1].islower()


def without_date(line: str, date: PrintedDate | None) -> str:
    """The line without its date and what goes with it."""
    if date is not None:
        before, after = line[: date.start], line[date.end :]
        line = before if len(before.strip(_EDGES)) > 3 else after
    line = line.strip(_EDGES)
    return _AFTER_NAMES.sub("", line).strip(_EDGES) if _more_than_names(line) else line


def _names_furniture(text: str, *, lax: bool) -> bool:
    tokens = [token.lower() for token in _TOKEN.findall(text)]
    known = sum(token in _FURNITURE for token in tokens)
    return known * 3 > len(tokens) if lax else known > 0


def is_names(text: str, least: int = 2, small: float = 0.0) -> bool:
    """Whether the text could be names: capitalised words and particles.

    Args:
        text: The text, without a date.
        least: How many capitalised words there must be.
        small: Share of other words that is allowed.
    """
    tokens: list[str] = _TOKEN.findall(text[: MAX_LENGTH + 1])
    if not tokens or len(tokens) > MAX_WORDS or text[-1] in "?!:…" or sum(map(str.isdigit, text)) > 2:
        return False
    if tokens[0][0] > "\u0590":  # no capitals in these scripts
        return least == 1 and len(text) <= 24
    capitals = sum(token[0].isupper() for token in tokens)
    others = sum(token[0].islower() and token not in _PARTICLES for token in tokens)
    return capitals >= least and others <= small * len(tokens)
