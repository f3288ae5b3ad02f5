"""Confidence intervals: the clips are drawn again, whole recordings at a time."""

import numpy as np

DRAWS = 2_000
MEASURES = ("acc", "ap", "f1")


def recording_of(name: str) -> str:
    """Pieces of one recording are called RECORDING--SECOND; a stage clip is a recording of its own."""
    return name.split("--")[0]


def set_names(results: dict) -> list[str]:
    """The sets of clips that the rows of Table 1 were evaluated on."""
    return list(dict.fromkeys(name for row in results["rows"] if row["table"] == 1 for name in row["sets"]))


def values_of(rows: list[dict], *, set_name: str, measure: str) -> dict[str, float]:
    """Each clip's score, the mean over the seeds of a row; clips without an onset on either side say nothing."""
    found: dict[str, list[float]] = {}
    for row in rows:
        for clip in row["sets"][set_name]["clips"]:
            if clip["referenceOnsets"] + clip["generatedOnsets"] > 0:
                found.setdefault(clip["name"], []).append(clip[measure] or 0.0)
    return {name: float(np.mean(values)) for name, values in found.items()}


def interval(values: dict[str, float], *, seed: int = 0) -> tuple[float, float, float]:
    """Mean and the 2.5th and 97.5th percentile of its bootstrap."""
    groups: dict[str, list[float]] = {}
    for name, value in values.items():
        groups.setdefault(recording_of(name), []).append(value)
    sums = np.array([sum(group) for group in groups.values()])
    counts = np.array([len(group) for group in groups.values()])
    pick = np.random.default_rng(seed).integers(0, len(sums), (DRAWS, len(sums)))
    means = sums[pick].sum(1) / counts[pick].sum(1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(sums.sum() / counts.sum()), float(low), float(high)


def difference(first: dict[str, float], second: dict[str, float]) -> tuple[float, float, float]:
    """`first` minus `second` on the clips that both have, with its interval."""
    return interval({name: first[name] - second[name] for name in first if name in second})
