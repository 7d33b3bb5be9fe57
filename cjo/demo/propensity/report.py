"""The model's file, and the figures in the journey's README between two marks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cjo.demo.propensity.cases import AHEAD_MS, JOURNEY, MODEL, Case, cases, features
from cjo.demo.propensity.fit import RIDGE, Fitted, fit
from cjo.demo.propensity.quality import at_threshold, auc, auc_interval, calibration
from cjo.demo.shape import DAY_MS
from cjo.resources import data_dir

CUSTOMERS, WORLD_SEED, TRAIN_TENTHS = 12_000, 71, 7
THRESHOLD, BASELINE_POINTS = 0.5, 10
BEGIN, END = "<!-- figures: python -m cjo.demo.propensity -->\n", "<!-- end of figures -->"
Json = dict[str, Any]


def model(customers: int = CUSTOMERS) -> Json:
    """What the model's file holds."""
    counted = features()
    found = cases(WORLD_SEED, customers, counted)
    seen = [case for case in found if _is_seen(case)]
    unseen = [case for case in found if not _is_seen(case)]
    fitted = fit([case.features for case in seen], [case.booked for case in seen])
    return {
        "intercept": fitted.intercept,
        "features": {
            feature.name: {
                "coefficient": fitted.coefficients[place],
                "mean": fitted.means[place],
                "scale": fitted.scales[place],
            }
            for place, feature in enumerate(counted)
        },
        "trained": {
            "by": "python -m cjo.demo.propensity",
            "question": f"mortgage advice booked within {AHEAD_MS // DAY_MS} days of a touchpoint drawn by chance",
            "world": {"seed": WORLD_SEED, "customers": customers, "days": 28, "part": "advice"},
            "method": f"logistic regression, Newton's method, ridge {RIDGE:g}",
            "split": f"by customer: {TRAIN_TENTHS} of 10 to train on, by the last digit of their number",
            "customers": len(seen),
            "booked": sum(case.booked for case in seen),
        },
        "quality": _quality(fitted, unseen),
    }


def write(made: Json) -> list[Path]:
    """Write the model's file and the README's figures; returns the files."""
    folder = data_dir("journeys") / JOURNEY
    path, readme = folder / MODEL, folder / "README.md"
    path.write_text(file_text(made), encoding="utf-8")
    readme.write_text(with_figures(readme.read_text(encoding="utf-8"), made), encoding="utf-8")
    return [path, readme]


def file_text(made: Json) -> str:
    """The model's file."""
    return json.dumps(made, indent=1) + "\n"


def with_figures(page: str, made: Json) -> str:
    """The page with the figures of this model between the marks."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + "\n".join(_figures(made)) + "\n" + END + rest.split(END)[1]


def _is_seen(case: Case) -> bool:
    """Of each ten customers in a row seven are for training."""
    return int(case.customer[1:]) % 10 < TRAIN_TENTHS


def _quality(fitted: Fitted, unseen: Sequence[Case]) -> Json:
    outcomes = [case.booked for case in unseen]
    told = [fitted.probability(case.features) for case in unseen]
    points = [case.points for case in unseen]
    yes = sum(outcomes)
    area, plain = auc(told, outcomes), auc(points, outcomes)
    return {
        "of": "customers not trained on",
        "customers": len(unseen),
        "booked": yes,
        "auc": round(area, 3),
        "auc_95": [round(one, 3) for one in auc_interval(area, yes, len(unseen) - yes)],
        "threshold": at_threshold(told, outcomes, THRESHOLD),
        "calibration": calibration(told, outcomes),
        "baseline": {
            "what": "points of high_mortgage_engagement: page 1, calculator 3, branch 5, in 7 days",
            "auc": round(plain, 3),
            "auc_95": [round(one, 3) for one in auc_interval(plain, yes, len(unseen) - yes)],
            "threshold": at_threshold(points, outcomes, BASELINE_POINTS),
        },
    }


def _figures(made: Json) -> list[str]:
    trained, quality = made["trained"], made["quality"]
    baseline = quality["baseline"]
    lines = [
        f"Trained on {trained['customers']:,} customers, {trained['booked']:,} of whom booked; measured on "
        f"{quality['customers']:,} others, {quality['booked']:,} of whom booked.",
        "",
        "| | AUC (95 %) | asked for | chosen | precision | recall |",
        "|---|---|---|---|---|---|",
        _row("the model", quality, f"probability {quality['threshold']['at_least']}"),
        _row("points of `high_mortgage_engagement`", baseline, f"{baseline['threshold']['at_least']} points"),
        "",
        "| told | customers | told on average | booked |",
        "|---|---|---|---|",
    ]
    for row in quality["calibration"]:
        reach = f"{row['from']:.1f} to {row['from'] + 0.1:.1f}"
        lines.append(f"| {reach} | {row['customers']:,} | {row['told']:.3f} | {row['booked']:.3f} |")
    lines += ["", "| feature | mean | one step | log odds a step |", "|---|---|---|---|"]
    for name, term in made["features"].items():
        lines.append(f"| `{name}` | {term['mean']} | {term['scale']} | {term['coefficient']:+} |")
    return lines


def _row(name: str, quality: Json, asked: str) -> str:
    low, high = quality["auc_95"]
    met = quality["threshold"]
    area = f"{quality['auc']:.3f} ({low:.3f} to {high:.3f})"
    return f"| {name} | {area} | {asked} | {met['chosen']:,} | {met['precision']} | {met['recall']} |"
