"""Faults of all kinds: what happens, what is lost, how long recovery takes.

    python benchmarks/reliability.py [--only WORD ...] [--fuzz SECONDS] [--write]

Plays each scenario of `benchmarks/faults/` in a temporary folder, with dumps made of the examples, and prints a row for
each. A scenario fails if anything is lost that need not be, if a run hangs, takes too much memory or shows a traceback.
With `--write` the table becomes `docs/reliability.md`. Exits with status 1 if a scenario fails or cannot be played
here; it then has no row, and is named below the table. Some need root (a small tmpfs) or Linux.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import fuzz
from faults import inputs, models, runs
from faults.scenario import MOST_MB, ROOT, FaultError, NotAvailableError, Outcome

TARGET = ROOT / "docs" / "reliability.md"
Scenario = Callable[[Path], Outcome]
_HEAD = """\
# Reliability

What happens when something goes wrong.
`python benchmarks/reliability.py --fuzz {seconds} --write` plays these scenarios and writes this page;
Copytaster {version}, Python {python}, {system}.
In each of them the peak memory of a run has to stay under {most_mb} MB, and nothing may end in a traceback.

| fault | what happens | what is lost | recovery |
|---|---|---|---|
"""


def fuzzing(seconds: int) -> Scenario:
    """The scenario of any bytes, for so long."""

    def play(folder: Path) -> Outcome:
        try:
            import atheris  # noqa: F401
        except ImportError as error:
            raise NotAvailableError("atheris is not installed: pip install atheris") from error
        found = [fuzz.fuzz(target, max(1, seconds // len(fuzz.TARGETS)), folder) for target in fuzz.TARGETS]
        for figures in found:
            if figures.failure:
                raise FaultError(str(figures))
        described = "; ".join(map(str, found))
        return Outcome(
            f"{seconds:,} s of a coverage-guided fuzzer: no exception, no hang, no leap of memory ({described})",
            "nothing",
            "none needed",
        )

    return play


def scenarios(seconds: int) -> dict[str, Scenario]:
    """All scenarios by their names; so many seconds for the fuzzer."""
    return {**runs.SCENARIOS, **inputs.SCENARIOS, **models.SCENARIOS, "any bytes": fuzzing(seconds)}


def play(chosen: dict[str, Scenario]) -> tuple[dict[str, Outcome], dict[str, str]]:
    """Play scenarios one after the other: the outcomes, and why others have none."""
    outcomes, missing = {}, {}
    for name, scenario in chosen.items():
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="copytaster-faults-") as folder:
            try:
                outcomes[name] = scenario(Path(folder))
            except (FaultError, NotAvailableError) as error:
                missing[name] = f"{'fails' if isinstance(error, FaultError) else 'not available'}: {error}"
        said = row(name, outcomes[name]) if name in outcomes else f"{name}: {missing[name]}"
        print(f"{said}  [{time.monotonic() - begin:.0f} s]", flush=True)
    return outcomes, missing


def row(name: str, outcome: Outcome) -> str:
    """A row of the table."""
    return f"| {name} | {outcome.happens} | {outcome.lost} | {outcome.recovery} |"


def page(outcomes: dict[str, Outcome], missing: dict[str, str], seconds: int) -> str:
    """The page of documentation."""
    head = _HEAD.format(
        seconds=seconds, version=version("copytaster"), python=platform.python_version(), system=platform.system(),
        most_mb=MOST_MB,
    )  # fmt: skip
    parts = [head + "\n".join(row(name, outcome) for name, outcome in outcomes.items())]
    if missing:
        parts.append("Not shown:")
        parts.append("\n".join(f"- {name}: {reason.splitlines()[0]}" for name, reason in missing.items()))
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="WORD", help="scenarios with one of these words in their names")
    parser.add_argument("--fuzz", type=int, default=60, metavar="SECONDS", help="how long the fuzzer runs")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.relative_to(ROOT)}")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write takes all scenarios: leave out --only")
    chosen = scenarios(options.fuzz)
    if options.only:
        chosen = {name: scenario for name, scenario in chosen.items() if any(word in name for word in options.only)}
    outcomes, missing = play(chosen)
    if options.write:
        TARGET.write_text(page(outcomes, missing, options.fuzz), "utf-8")
    if missing:
        sys.exit(f"{len(missing)} of {len(chosen)} scenarios have no row: {', '.join(missing)}")


if __name__ == "__main__":
    main()
