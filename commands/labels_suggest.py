"""`copytaster labels suggest`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from copytaster.commands.options import Inputs, ModelPath, Quiet, labelled_pages, load_model
from copytaster.commands.status import SOME_FAILED, USAGE, exit_if_left_out, stop


def suggest(
    inputs: Inputs,
    labelled: Annotated[
        list[Path] | None,
        typer.Option(
            "--labelled", metavar="PATH", help="Pages that are labelled already: others like them come later."
        ),
    ] = None,
    model: ModelPath = None,
    top: Annotated[int | None, typer.Option(min=1, metavar="N", help="Print the first N only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print an array of JSON objects.")] = False,
    text_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep the dump.")] = "text",
    id_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep their id.")] = "id",
    url_key: Annotated[str, typer.Option(metavar="KEY", help="Where JSON records keep the URL.")] = "url",
    quiet: Quiet = False,
) -> None:
    """Say which pages to label next: those that would teach the model most.

    \b
      copytaster labels suggest dumps/ --top 20
      copytaster labels suggest crawl.jsonl --labelled my-pages/ --json

    A page's score is the model's doubt about its lines, lowered for each page of the same site or layout that comes
    before it or is labelled already. `copytaster label` opens pages in this order.
    """  # noqa: D301 - click keeps the lines after \b as they are
    from copytaster.dumps import InputError, JsonKeys, read_pages
    from copytaster.dumps.progress import Progress
    from copytaster.model.classifier import Reading
    from copytaster.training.doubt import Doubt, doubt_of
    from copytaster.training.doubt import suggest as order
    from copytaster.training.readings import readings

    known = [page.page for page in labelled_pages(labelled)[0]] if labelled else []
    classifier = load_model(model)
    try:
        pages = read_pages(inputs, keys=JsonKeys(text=text_key, id=id_key, url=url_key))
    except InputError as error:
        stop(str(error), USAGE)
    doubts: list[Doubt] = []
    failed = 0
    with Progress(sys.stderr, not quiet) as progress:
        progress.say("reading labelled pages")
        before = [doubt_of(reading) for reading in readings(known, classifier) if isinstance(reading, Reading)]
        for reading in readings(pages, classifier):
            if isinstance(reading, Reading):
                doubts.append(doubt_of(reading))
                progress.say(f"reading dumps: {len(doubts):,} pages")
            else:
                failed += 1
                progress.note(str(reading))
    if not doubts:
        stop("no page could be read, so there is none to suggest", SOME_FAILED)
    rows = [(doubts[index].id, score, why) for index, score, why in order(doubts, before)[:top]]
    if as_json:
        records = [{"id": id_, "score": round(score, 4), "why": why} for id_, score, why in rows]
        typer.echo(json.dumps(records, ensure_ascii=False, indent=2))
    else:
        width = max(len(id_) for id_, _, _ in rows)
        for id_, score, why in rows:
            typer.echo(f"{score:.3f}  {id_:{width}}  {why}")
    exit_if_left_out(failed, "page")
