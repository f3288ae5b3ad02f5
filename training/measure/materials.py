"""Is the material asked for recognised? A classifier that learned recordings hears the hits of a pack.

    python -m training.measure.materials --oneshots DIR --films DIR [--pack DIR] [--count 3] [--json FILE]
        [--picture docs/images/materials.png]

The classifier (logistic regression on log-mel shapes; every family of recordings weighs the same, however many takes it
has) learns the recordings, as they are and through the pack's codec, so that it hears materials and not the codec. What
it is worth is measured on families of recordings that it did not learn (cross-validation by family). Materials with
fewer than SOURCES families are learned from synthesis and reported apart. Beside it, what hits of each material are
like (training.measure.timbre), generated and in recordings that the pack did not learn from.
`--held-out` lets it learn only the families that the pack did not learn from: stricter, with fewer recordings.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import librosa
import numpy as np
from matplotlib import pyplot
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training.config import SAMPLE_RATE
from training.materials import MATERIALS
from training.measure.pack import PackCodec, films_in, generate, markdown
from training.measure.timbre import Timbre, median_timbre
from training.oneshots import OneShots, load_oneshots, locate_attack
from training.stage.impacts import synthesise_impact

SOURCES = 3
SYNTHESISED = 24  # examples of a material that has too few recordings
HIT_SEC = 0.6
EDGES_SEC = (0.0, 0.01, 0.03, 0.08, 0.2, HIT_SEC)
BANDS = 32
RANGE_DB = 60.0
POINTS_SEC = tuple(np.arange(0.6, 9.2, 0.9).round(3).tolist())


@dataclass(frozen=True)
class Examples:
    """Hits [L] at 48 kHz from their attack on, a material each, and the family that a split must not tear."""

    sounds: list[np.ndarray]
    materials: list[str]
    families: list[str]


def shape(sound: np.ndarray) -> np.ndarray:
    """float32 [parts * BANDS + parts]: log-mel levels in parts of a hit, relative to its loudest, and their decay.

    `sound` starts with its attack; the level it was recorded at does not matter.
    """
    whole = np.zeros(round(HIT_SEC * SAMPLE_RATE), np.float32)
    whole[: len(sound)] = sound[: len(whole)]
    power = librosa.feature.melspectrogram(y=whole, sr=SAMPLE_RATE, n_fft=1024, hop_length=240, n_mels=BANDS)
    times = np.arange(power.shape[1]) * 240 / SAMPLE_RATE
    parts = [
        power[:, (times >= low) & (times < high)].mean(1) for low, high in zip(EDGES_SEC, EDGES_SEC[1:], strict=False)
    ]
    levels = 10 * np.log10(np.stack(parts) + 1e-12)
    total = 10 * np.log10(np.stack(parts).sum(1) + 1e-12)
    relative = np.maximum(levels - levels.max(), -RANGE_DB)
    return np.concatenate([relative.ravel(), np.maximum(total - total.max(), -RANGE_DB)]).astype(np.float32)


def recorded(shots: OneShots) -> Examples:
    hits = [shot for shot in shots if shot.material is not None and shot.kind != "break"]
    return Examples([s.trimmed for s in hits], [s.material or "" for s in hits], [s.family for s in hits])


def with_sources(examples: Examples, *, least: int = SOURCES) -> set[str]:
    """Materials that at least `least` families were recorded of."""
    families = {material: set() for material in MATERIALS}
    for material, family in zip(examples.materials, examples.families, strict=True):
        families[material].add(family)
    return {material for material, found in families.items() if len(found) >= least}


def synthesised(materials: Sequence[str], *, seed: int) -> Examples:
    rng = np.random.default_rng(seed)
    names = [material for material in materials for _ in range(SYNTHESISED)]
    sounds = [synthesise_impact(name, float(rng.uniform(0.2, 1.0)), rng) for name in names]
    return Examples(sounds, names, [f"synthesis {i // 3}" for i in range(len(names))])


def family_weights(materials: np.ndarray, families: np.ndarray) -> np.ndarray:
    """float [N], mean 1: all materials weigh the same, and within one all families."""
    weights = np.zeros(len(materials))
    for material in set(materials.tolist()):
        found = set(families[materials == material].tolist())
        for family in found:
            takes = (materials == material) & (families == family)
            weights[takes] = 1 / (takes.sum() * len(found))
    return weights / weights.mean()


def fitted(shapes: np.ndarray, materials: np.ndarray, families: np.ndarray) -> Pipeline:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))
    return model.fit(shapes, materials, logisticregression__sample_weight=family_weights(materials, families))


def own_accuracy(shapes: np.ndarray, materials: np.ndarray, families: np.ndarray) -> dict[str, float]:
    """Recall of each material on families that were left out; families weigh the same."""
    guessed = np.empty(len(materials), dtype=object)
    folds = StratifiedGroupKFold(SOURCES, shuffle=True, random_state=0)
    for learned, left_out in folds.split(shapes, materials, families):
        model = fitted(shapes[learned], materials[learned], families[learned])
        guessed[left_out] = model.predict(shapes[left_out])
    weights, right = family_weights(materials, families), guessed == materials
    return {m: float(np.average(right[materials == m], weights=weights[materials == m])) for m in np.unique(materials)}


def cut_hits(track: np.ndarray, *, points_sec: Sequence[float]) -> list[np.ndarray]:
    """The sound after each point, from its attack on, up to HIT_SEC; a point where it is silent is left out."""
    hits = []
    for point in points_sec:
        start = max(0, round((point - 0.04) * SAMPLE_RATE))
        near = track[start : round((point + HIT_SEC) * SAMPLE_RATE)]
        reach = near[: round(0.14 * SAMPLE_RATE)]
        if np.abs(reach).max(initial=0.0) > 1e-3:
            hits.append(near[locate_attack(reach) :])
    return hits


def confusion(asked: Sequence[str], heard: Sequence[str], *, materials: Sequence[str]) -> np.ndarray:
    """[asked, heard] shares of each row."""
    counts = np.zeros((len(materials), len(materials)))
    for a, b in zip(asked, heard, strict=True):
        counts[materials.index(a), materials.index(b)] += 1
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def draw_confusion(shares: np.ndarray, *, materials: Sequence[str], out: Path) -> None:
    figure, axis = pyplot.subplots(figsize=(6.5, 6), layout="constrained")
    axis.imshow(shares, cmap="magma", vmin=0, vmax=1)
    for row, column in np.argwhere(shares >= 0.005):
        share = shares[row, column]
        colour = "black" if share > 0.6 else "white"
        axis.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=8, color=colour)
    axis.set_xticks(range(len(materials)), materials, rotation=60)
    axis.set_yticks(range(len(materials)), materials)
    axis.set(xlabel="heard by the classifier", ylabel="asked for")
    figure.savefig(out, dpi=100)
    pyplot.close(figure)


def measure(arguments: argparse.Namespace) -> dict:
    shots = load_oneshots(folder=arguments.oneshots, cache=arguments.cache)
    examples = recorded(shots.split(kind="test") if arguments.held_out else shots)
    real = with_sources(examples)
    kept = [i for i, material in enumerate(examples.materials) if material in real]
    made = synthesised([material for material in MATERIALS if material not in real], seed=7)
    sounds = [examples.sounds[i] for i in kept] + made.sounds
    materials = np.array([examples.materials[i] for i in kept] + made.materials)
    families = np.array([examples.families[i] for i in kept] + made.families)
    codec = PackCodec(arguments.pack)
    plain = np.stack([shape(sound) for sound in sounds])
    # A little silence before: the codec's window must not begin inside the attack.
    coded = np.stack([shape(codec(np.pad(0.5 * s[:SAMPLE_RATE], (4800, 0)))[4800:]) for s in sounds])
    shapes, names = np.concatenate([plain, coded]), np.tile(materials, 2)
    model = fitted(shapes, names, np.tile(families, 2))
    asked, heard, generated = [], [], {}
    for material in MATERIALS:
        generated[material] = []
        for seed, film in enumerate(films_in(arguments.films, count=arguments.count), start=1):
            points = ("--sync-mode", "only", "--sync", ",".join(map(str, POINTS_SEC)), "--to", 10)
            track = generate(film, *points, "--material", material, "--seed", seed, pack=arguments.pack)
            hits = cut_hits(track, points_sec=POINTS_SEC)
            generated[material] += hits
            asked += [material] * len(hits)
            heard += model.predict(np.stack([shape(hit) for hit in hits])).tolist() if hits else []
        print(material, flush=True)
    shares = confusion(asked, heard, materials=MATERIALS)
    if arguments.picture:
        draw_confusion(shares, materials=MATERIALS, out=arguments.picture)
    own = own_accuracy(shapes, names, np.tile(families, 2))
    held_out = recorded(shots.split(kind="test"))
    found = {material: float(shares[i, i]) for i, material in enumerate(MATERIALS)}
    return {
        "hits": len(asked),
        "recognised": {material: found[material] for material in MATERIALS},
        "classifier": own,
        "recorded": sorted(real),
        "recorded_mean": float(np.mean([found[m] for m in MATERIALS if m in real])),
        "classifier_recorded_mean": float(np.mean([own[m] for m in MATERIALS if m in real])),
        "synthesised_mean": float(np.mean([found[m] for m in MATERIALS if m not in real] or [np.nan])),
        "confusion": shares.round(3).tolist(),
        "timbre": {m: as_numbers(median_timbre(generated[m])) for m in MATERIALS},
        "timbre_held_out": {m: as_numbers(median_timbre(of_material(held_out, m))) for m in MATERIALS},
    }


def of_material(examples: Examples, material: str) -> list[np.ndarray]:
    return [s for s, name in zip(examples.sounds, examples.materials, strict=True) if name == material]


def as_numbers(timbre: Timbre | None) -> dict[str, float] | None:
    return None if timbre is None else asdict(timbre)


def timbre_rows(report: dict) -> list[list[str]]:
    """Generated, and in brackets what held-out recordings of the material are like, where there are any."""
    rows = []
    for material in MATERIALS:
        made, wanted = report["timbre"][material], report["timbre_held_out"][material]
        cells = [
            "-" if made is None else f"{made[name]:.0f}" + ("" if wanted is None else f" ({wanted[name]:.0f})")
            for name in ("attack_ms", "decay_ms", "centroid_hz")
        ]
        rows.append([material, *cells])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oneshots", type=Path, required=True)
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--pack", type=Path, default=Path("resources/models/hits"))
    parser.add_argument("--count", type=int, default=3, help="films for each material, each with its own seed")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    report = measure(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2))
    rows = [
        [material, "recordings" if material in report["recorded"] else "synthesis"]
        + [f"{100 * part[material]:.0f} %" for part in (report["recognised"], report["classifier"])]
        for material in MATERIALS
    ]
    means = [f"{100 * report[name]:.0f} %" for name in ("recorded_mean", "classifier_recorded_mean")]
    rows.append(["**mean of the recorded**", "", *means])
    rows.append(["mean of the synthesised", "", f"{100 * report['synthesised_mean']:.0f} %", ""])
    print(markdown(["material", "the classifier learned", "recognised", "its own recall, other families"], rows))
    print(markdown(["material", "attack, ms", "decay by 20 dB, ms", "centroid, Hz"], timbre_rows(report)))


if __name__ == "__main__":
    main()
