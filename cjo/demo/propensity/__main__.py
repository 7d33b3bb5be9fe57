"""`python -m cjo.demo.propensity`: trains and measures anew, writes the files, prints their names."""

from __future__ import annotations

from cjo.demo.propensity.report import model, write

for path in write(model()):
    print(path)
