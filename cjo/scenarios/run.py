"""All scenarios of a workspace: read, played, compared, and what they covered."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cjo.compile.passes import compile_draft
from cjo.scenarios.compare import Comparison, compare
from cjo.scenarios.coverage import Coverage, Covered
from cjo.scenarios.play import Came, Stage
from cjo.scenarios.read import read_scenarios
from cjo.scenarios.script import Script
from cjo.scenarios.story import story
from cjo.spec.problems import Problems


@dataclass(frozen=True)
class Result:
    """One scenario and what came of it."""

    script: Script
    came: list[Came]
    comparison: Comparison
    took_ms: float

    @property
    def passed(self) -> bool:
        """Whether what came is what was expected."""
        return self.comparison.passed

    def story(self) -> list[str]:
        """Expected against what came, as lines to read."""
        return story(self.script, self.came, self.comparison)


class Rehearsal:
    """The scenarios of a folder with everything that it takes to play them. Raises SpecErrors with all problems."""

    def __init__(self, folder: Path | str) -> None:
        draft = dataclasses.replace(compile_draft(folder), problems=Problems())  # warnings are for cjo validate
        self.plan = draft.plan
        self.scripts = read_scenarios(draft)
        self._stage = Stage(draft.plan)

    def run(self, wanted: Callable[[Script], bool] = lambda script: True) -> Performance:
        """Play every wanted scenario; the time that one takes is measured without reading its file."""
        coverage = Coverage(self.plan)
        results = []
        for script in filter(wanted, self.scripts):
            begin = time.perf_counter()
            played = self._stage.play(script)
            comparison = compare(script, played.came)
            results.append(Result(script, played.came, comparison, (time.perf_counter() - begin) * 1000))
            coverage.add(played.decisions, played.rows)
        return Performance(results, [coverage.of(journey["name"]) for journey in self.plan["journeys"]])


@dataclass(frozen=True)
class Performance:
    """All results, and the coverage of every journey of the workspace."""

    results: list[Result] = field(default_factory=list)
    coverage: list[Covered] = field(default_factory=list)

    @property
    def failed(self) -> list[Result]:
        """Those in which something else came than what was expected."""
        return [result for result in self.results if not result.passed]
