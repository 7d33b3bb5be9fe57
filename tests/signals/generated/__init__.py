"""Signals as well as logs by chance: what the engine makes of them against the references of tests/signals/kinds.

| file | what it does |
|---|---|
| `specs.py` | several signals of any kind in one plan, one on the other up to three deep, with conditions and keys |
| `logs.py` | several customers: ties, disorder within the bound and beyond it, repeats, conflicts, nulls, odd text |
| `chance.py` | cases of two sorts: `usual`, within the bound, and `late`, with what comes later than that |
| `composed.py` | the reference of a whole plan: each signal's own, fed with the moments of others in their order |
| `cases.py` | a case as JSON, and what is wrong with it: by the references, or of `late` by the log in order |

`python -m tests.signals --cases N --seed S --processes P` plays many; what fails is made small and printed, to be saved
in tests/signals/kept/, where it is a test from then on.
"""
