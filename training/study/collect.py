"""All rows that are done, with what they were measured between, as one `results.json`."""

import argparse
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

from training.study.application import Application
from training.study.budgets import Budget, Row
from training.study.data import StudyData, write_json
from training.study.embedding import NAME


def chance_of(*, options: argparse.Namespace, folder: Path, seconds: float) -> dict:
    """Row *chance* of one set of clips: the reference's own onsets shifted circularly."""
    kept = folder.with_suffix(".chance.json")
    if not kept.exists():
        found = Application(options.app).evaluate(reference=folder, generated=None, seconds=seconds, rows="chance")
        write_json(found["summary"], kept)
    return json.loads(kept.read_text())


def collect(*, options: argparse.Namespace, budget: Budget, data: StudyData, rows: list[Row]) -> Path:
    """Rows in the order of the table; those that are not done are left out."""
    paths = [options.out / "rows" / row.name / "result.json" for row in rows]
    found = [json.loads(path.read_text()) for path in paths if path.exists()]
    chance: dict[str, dict] = {}
    for row in found:
        for name in row["sets"]:
            key = f"{name}-{row['windowSec']:g}s"
            if key not in chance:
                chance[key] = chance_of(options=options, folder=options.out / "clips" / key, seconds=row["windowSec"])
    out = options.out / "results.json"
    about = {
        "name": options.budget,
        "transformer": asdict(budget.transformer),
        "flow": asdict(budget.flow),
        "startSteps": budget.start_steps,
        "steps": budget.steps,
        "solverSteps": budget.solver_steps,
        "clips": budget.clips,
    }
    machine = {"device": options.device, "jobs": options.jobs, "cores": os.cpu_count(), "system": platform.machine()}
    facts = {"budget": about, "data": data.describe(), "machine": machine, "embedding": NAME, "chance": chance}
    write_json({**facts, "rows": found}, out)
    return out
