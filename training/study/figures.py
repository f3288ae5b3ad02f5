"""Figures of the study, drawn from its results alone."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot

from training.study.intervals import interval, set_names, values_of
from training.study.published import NAMES

SCHEMES = tuple(NAMES)
SECONDS_PER_MAP_ROW = 2 / 50


def label(scheme: str) -> str:
    return " / ".join(NAMES[scheme])


def draw_scores(*, results: dict, set_name: str, path: Path) -> Path | None:
    """ACC and AP by scheme and rate, with intervals and chance."""
    rows = [row for row in results["rows"] if row["table"] == 1 and set_name in row["sets"]]
    if not rows:
        return None
    figure, panels = pyplot.subplots(1, 2, figsize=(12, 4.2), layout="constrained", sharey=True)
    chance = results["chance"].get(f"{set_name}-{rows[0]['windowSec']:g}s", {})
    for panel, measure in zip(panels, ("acc", "ap"), strict=True):
        for offset, fps in ((-0.2, 5), (0.2, 10)):
            for place, scheme in enumerate(SCHEMES):
                found = [row for row in rows if (row["fps"], row["scheme"]) == (fps, scheme)]
                if not found:
                    continue
                mean, low, high = interval(values_of(found, set_name=set_name, measure=measure))
                colour = "#3b6ea5" if fps == 5 else "#d08a3a"
                error = [[max(mean - low, 0)], [max(high - mean, 0)]]
                first = place == 0
                name = f"{fps} fps" if first else None
                panel.barh(place + offset, mean, 0.38, xerr=error, color=colour, label=name, error_kw={"lw": 1})
        if chance.get(measure) is not None:
            panel.axvline(chance[measure], color="#777", linestyle=":", label="chance")
        panel.set_yticks(range(len(SCHEMES)), [label(scheme) for scheme in SCHEMES])
        panel.set_title(f"onset {measure.upper()}, {set_name} clips")
        panel.grid(axis="x", alpha=0.3)
        panel.legend()
    panels[0].invert_yaxis()
    return finish(figure, path)


def draw_attention(*, results: dict, fps: int, path: Path) -> Path | None:
    """The sharpest head of each scheme: audio time upwards, frame's time to the right."""
    rows = [row for row in results["rows"] if row["table"] == 1 and row["fps"] == fps]
    first = {row["scheme"]: row for row in reversed(rows)}
    if not first:
        return None
    size = (2.6 * len(first), 3.2)
    figure, panels = pyplot.subplots(1, len(first), figsize=size, layout="constrained", squeeze=False)
    shown = [scheme for scheme in SCHEMES if scheme in first]
    for panel, scheme in zip(panels[0], shown, strict=True):
        look = first[scheme]["attention"]
        weights = np.array(look["map"])
        extent = (0, weights.shape[1] / fps, 0, weights.shape[0] * SECONDS_PER_MAP_ROW)
        panel.imshow(weights, origin="lower", aspect="auto", extent=extent, cmap="magma")
        panel.set_title(f"{label(scheme)}\n{look['best']:.2f} within {look['nearSec']} s", fontsize=8)
        panel.set_xlabel("frame, s")
    panels[0][0].set_ylabel("audio token, s")
    return finish(figure, path)


def draw_slide(*, results: dict, path: Path) -> Path | None:
    """One scene at the right scale and at wrong ones: the hits slide away from the picture."""
    rows = [row for row in results["rows"] if "slide" in row]
    if not rows:
        return None
    chosen = max(rows, key=lambda row: (row["scheme"] == "sape_rope", row["fps"]))
    slide = chosen["slide"]
    count = len(slide["takes"])
    size = (10, 1.6 * count)
    figure, panels = pyplot.subplots(count, 1, figsize=size, sharex=True, layout="constrained", squeeze=False)
    for panel, take in zip(panels[:, 0], slide["takes"], strict=True):
        panel.fill_between(np.arange(len(take["envelope"])) / 100, take["envelope"], color="#3b6ea5", linewidth=0)
        for time in slide["reference"]:
            panel.axvline(time, color="#d08a3a", linewidth=1.2)
        panel.set_ylabel(f"r × {take['scale']:g}")
        panel.set_ylim(0, 1)
    panels[0, 0].set_title(f"{label(chosen['scheme'])} at {slide['fps']:g} fps: envelope; lines: hits in the picture")
    panels[-1, 0].set_xlabel("seconds")
    return finish(figure, path)


def finish(figure: pyplot.Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)
    return path


def draw_all(*, results: dict, folder: Path) -> list[Path]:
    """The figures that there are numbers for."""
    made = [
        *(
            draw_scores(results=results, set_name=name, path=folder / f"sape-scores-{name}.png")
            for name in set_names(results)
        ),
        draw_attention(results=results, fps=5, path=folder / "sape-attention-5fps.png"),
        draw_attention(results=results, fps=10, path=folder / "sape-attention-10fps.png"),
        draw_slide(results=results, path=folder / "sape-slide.png"),
    ]
    return [path for path in made if path is not None]
