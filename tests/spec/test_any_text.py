"""Whatever an author writes, the answer is a plan or a list of problems, never a stack trace."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.compile import compile_workspace
from cjo.spec.common import UNKNOWN
from cjo.spec.problems import SpecErrors
from tests.compile.test_golden import DATES, EVERYTHING, KINDS
from tests.spec import workspaces

_BASES = {
    "journey": EVERYTHING + "---" + KINDS,
    "tracking": workspaces.FILES["tracking.yaml"].replace(*DATES),
    "workspace": workspaces.FILES["workspace.yaml"],
    "template": workspaces.FILES["shop/templates/reminder.yaml"],
}
_SCRAPS = ["", "x", "0", "-1", "null", "true", "[]", "{}", "[x]", "{x: y}", "'", '"', "{", "]", ":", "- ", "\n", "\n  ",
           "&a ", "*a", "exit", "2.5", "'1 day'", "customer", "moment.x", "{{ x", "ü", "<<: ", "!t ", "? "]  # fmt: skip


@st.composite
def _edited(draw: st.DrawFn, text: str) -> str:
    """The text with one to three words or signs replaced by scraps."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 1, 1, 3, 8, 20])))
        text = text[:start] + draw(st.sampled_from(_SCRAPS)) + text[end:]
    return text


@settings(max_examples=100)
@given(st.data(), st.sampled_from(list(_BASES)))
def test_an_edited_file_gives_a_plan_or_problems(data: st.DataObject, which: str) -> None:
    edited = data.draw(_edited(_BASES[which]))
    with tempfile.TemporaryDirectory() as name:
        folder = workspaces.write(Path(name), **{**_BASES, which: edited or "\n"})
        try:
            json.dumps(compile_workspace(folder))
        except SpecErrors as errors:
            assert errors.problems
            for problem in errors.problems:
                assert problem.place.line >= 1 and problem.hint and UNKNOWN not in str(problem)


def test_an_empty_key_below_a_wrong_one_is_a_problem_of_its_own(tmp_path: Path) -> None:
    text = ":ail: {'': {subject: Your basket, body: hello}}\n"
    with pytest.raises(SpecErrors) as errors:
        compile_workspace(workspaces.write(tmp_path, template=text))
    assert "'' is not a locale such as en or de-CH" in str(errors.value)
