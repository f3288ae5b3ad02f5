"""Curves of a training run, drawn from its CSV: python -m training.curves --cache DIR --out curves.png"""

import argparse
import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

ENCODER_COLUMNS = ("step", "elapsed_sec", "loss", "ap100", "ap50", "f1", "threshold", "offset_ms")
FLOW_COLUMNS = (
    *("step", "elapsed_sec", "loss"),
    *("real_acc", "real_ap", "real_f1"),
    *("stage_acc", "stage_ap", "stage_f1"),
)


def append_row(*, path: Path, columns: tuple[str, ...], row: list) -> None:
    """Add a row to a CSV that begins with its column names."""
    fresh = not path.exists() or path.stat().st_size == 0
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(columns)
        writer.writerow(row)


def read_columns(path: Path) -> dict[str, list[float]]:
    with path.open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]
    names = rows[0] if rows else {}
    return {name: [row[name] for row in rows if name in row] for name in names}


def draw(*, cache: Path, out: Path) -> None:
    """Three panels: codec (spectral error), encoder (AP on clips it did not learn), flow (loss, and sync on unseen)."""
    figure, panels = pyplot.subplots(1, 3, figsize=(15, 4), layout="constrained")
    shown = {
        "codec": ("mrstft",),
        "encoder-stage": ("ap100", "ap50"),
        "encoder-0": ("ap100",),
        "encoder-1": ("ap100",),
        **{
            path.stem: ("loss", "real_f1", "stage_f1")
            for path in sorted([*cache.glob("flow-*.csv"), *cache.glob("distilled-*.csv")])
        },
    }
    for name, columns in shown.items():
        path = cache / f"{name}.csv"
        if not path.exists():
            continue
        data = read_columns(path)
        panel = panels[0 if name == "codec" else 1 if name.startswith("encoder") else 2]
        minutes = [seconds / 60 for seconds in data["elapsed_sec"]]
        for column in columns:
            if column in data:
                panel.plot(
                    minutes[: len(data[column])], data[column], marker="o", markersize=3, label=f"{name} {column}"
                )
    for panel, title in zip(
        panels, ("codec, held-out recordings", "encoder, unseen real clips", "flow, and its student"), strict=True
    ):
        panel.set_title(title)
        panel.set_xlabel("minutes")
        panel.grid(alpha=0.3)
        if panel.lines:
            panel.legend()
        else:  # of a run that went on from a pack
            panel.remove()
    figure.savefig(out, dpi=90, bbox_inches="tight")
    pyplot.close(figure)


def draw_codec(rows: list[dict[str, float]], *, path: Path) -> None:
    """Eight panels: the codec's losses and its measures on held-out recordings over its training time."""
    names = ("train_loss", "kl", "mrstft", "lsd_db", "snr_db", "onset_error_p90_ms", "pre_echo_db", "silence_db")
    figure, axes = pyplot.subplots(2, 4, figsize=(14, 6), layout="constrained")
    minutes = [row["elapsed_sec"] / 60 for row in rows]
    for axis, name in zip(axes.flat, names, strict=True):
        axis.plot(minutes, [row[name] for row in rows], marker=".")
        axis.set(title=name, xlabel="training minutes")
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    draw(cache=arguments.cache, out=arguments.out)


if __name__ == "__main__":
    main()
