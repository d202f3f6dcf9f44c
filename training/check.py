"""Checks of labelled pages before they are trained on, as `spacy debug data` checks those of spaCy's users."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from copytaster.labels.page import LabelledPage
from copytaster.training.consistency import check_furniture, check_split
from copytaster.training.duplicates import check_duplicates
from copytaster.training.findings import Finding, Severity, counted
from copytaster.training.inventory import Inventory, check_contents, check_size
from copytaster.training.suspects import Opinion, check_suspects

_NAMES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ORDER = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True)
class CheckReport:
    """What was found in labelled pages.

    Attributes:
        inventory: What they hold.
        findings: The worst first; those of one check together, the most suspicious labels first.
        judged_by: What the labels were compared with; None where they were not.
    """

    inventory: Inventory
    findings: Sequence[Finding]
    judged_by: str | None

    @property
    def counts(self) -> dict[Severity, int]:
        """Findings of each severity."""
        counts = Counter(finding.severity for finding in self.findings)
        return {severity: counts[severity] for severity in Severity}

    @property
    def has_errors(self) -> bool:
        """Whether anything found is an error."""
        return self.counts[Severity.ERROR] > 0

    def record(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            **self.inventory.record(),
            "judged_by": self.judged_by,
            "counts": {str(severity): count for severity, count in self.counts.items()},
            "findings": [finding.record() for finding in self.findings],
        }

    def text(self, most: int | None = None) -> str:
        """The report to read.

        Args:
            most: Findings of each check that are shown; None for all.
        """
        return "\n".join([str(self.inventory), *self._sections(most), "", self._summary()])

    def _sections(self, most: int | None) -> Iterator[str]:
        for (severity, check), group in itertools.groupby(self.findings, lambda found: (found.severity, found.check)):
            found = list(group)
            yield f"\n{counted(len(found), _NAMES[severity])}: {check}"
            yield from (f"  {finding.where}{finding.message}" for finding in found[:most])
            if hidden := len(found) - len(found[:most]):
                yield f"  ... and {hidden:,} more"
            yield from (f"  -> {advice}" for advice in dict.fromkeys(finding.advice for finding in found[:most]))

    def _summary(self) -> str:
        counts = ", ".join(counted(count, _NAMES[severity]) for severity, count in self.counts.items())
        compared = f"labels compared with {self.judged_by}" if self.judged_by else "labels not compared with a model"
        return f"{counts}; {compared}"


def check(
    pages: Sequence[LabelledPage],
    *,
    judged: Sequence[Opinion] | None = None,
    judged_by: str | None = None,
    against: Sequence[LabelledPage] = (),
) -> CheckReport:
    """Check labelled pages.

    Args:
        pages: The pages.
        judged: What a model makes of each, see `copytaster.training.suspects`.
        judged_by: What that model is called in the report.
        against: The other side of a split: no site and no page may be on both.
    """
    inventory = Inventory.of(pages)
    found: list[Finding] = [
        *check_size(inventory),
        *check_split(pages, against),
        *check_duplicates(pages, against),
        *check_contents(pages),
        *check_furniture(pages),
    ]
    if judged is not None:
        found += check_suspects(pages, judged)
    # Stable: within a check the order is that in which it found them, which is its own order of importance.
    checks = {check: place for place, check in enumerate(dict.fromkeys(finding.check for finding in found))}
    found.sort(key=lambda finding: (_ORDER[finding.severity], checks[finding.check]))
    return CheckReport(inventory, found, judged_by)
