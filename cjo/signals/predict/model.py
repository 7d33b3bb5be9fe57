"""Models that authors name: read from a file of the workspace, checked, and brought into the plan's form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal, localcontext
from pathlib import Path

from pydantic import ValidationError

from cjo.compile.draft import Site
from cjo.signals.predict.author import Logistic, ModelFile, Predict
from cjo.spec.common import UNKNOWN
from cjo.spec.problems import did_you_mean

BYTES_MAX = 1_000_000
_PLACES = Decimal("1e-12")


def model_of(site: Site, signal: Predict) -> Logistic | None:
    """The signal's model; None with problems at `model` where it can't be read or does not fit the features."""
    model = signal.model if isinstance(signal.model, Logistic) else _read(site.at("model"), signal.model)
    if model is None:
        return None
    fits = True
    for name in signal.features:
        if name not in model.features and name != UNKNOWN:
            hint = did_you_mean(name, model.features, "it has:")
            site.at("features", name).note_key("unknown-name", f"the model has no feature '{name}'", hint)
            fits = False
    for name in model.features:
        if name not in signal.features and UNKNOWN not in signal.features:
            hint = "declare it under `features`, or train the model without it"
            site.at("model").note("unknown-name", f"the model's feature '{name}' is not declared", hint)
            fits = False
    return model if fits else None


def unscaled(model: Logistic, names: Iterable[str]) -> tuple[str, dict[str, str]]:
    """(intercept, weight of each feature) without means and scales, as decimal text of at most twelve places."""
    with localcontext(prec=60):
        intercept, weights = _exact(model.intercept), {}
        for name in names:
            term = model.features[name]
            weight = _exact(term.coefficient) / _exact(term.scale)
            intercept -= weight * _exact(term.mean)
            weights[name] = _text(weight)
        return _text(intercept), weights


def _read(site: Site, name: str) -> Logistic | None:
    if name == UNKNOWN:
        return None
    here = Path(site.document.root.place.file).parent
    path, workspace = here / name, Path(site.draft.spec.folder).resolve()
    if not path.resolve().is_relative_to(workspace):
        site.note("wrong-value", f"'{name}' is outside of the workspace", "put the model's file beside this one")
    elif not path.is_file():
        files = sorted(file.name for file in here.glob("*.json"))
        site.note("missing-file", f"no file '{name}' in {here}", did_you_mean(name, files, "files there:"))
    elif path.stat().st_size > BYTES_MAX:
        site.note("wrong-value", f"{name} has more than {BYTES_MAX:,} bytes", "a plan holds the model: make it smaller")
    else:
        return _parsed(site, name, path)
    return None


def _parsed(site: Site, name: str, path: Path) -> Logistic | None:
    try:
        return ModelFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        for one in error.errors(include_url=False):
            place = ".".join(str(part) for part in one["loc"])
            site.note("wrong-value", f"{name}, {place or 'the whole'}: {one['msg']}", _FORM)
    except (OSError, ValueError) as error:
        site.note("wrong-value", f"{name} is not JSON that can be read: {error}", _FORM)
    return None


_FORM = 'it holds {"intercept": -2.5, "features": {"views": {"coefficient": 0.8, "mean": 1.5, "scale": 2.0}}}'


def _exact(number: float) -> Decimal:
    return Decimal(repr(number))


def _text(number: Decimal) -> str:
    found = number.quantize(_PLACES).normalize()
    return format(found, "f") if found else "0"
