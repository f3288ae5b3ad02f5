"""The pack's codec on recordings that it never heard, beside Opus.

    python -m training.measure.codec --oneshots DIR [--pack DIR] [--json FILE] [--picture docs/images/codec.png]

Held out are whole families of recordings (`training.oneshots.is_test_family`). Each recording stands alone in a clip.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import librosa
import numpy as np
import soundfile
import torch
from matplotlib import pyplot

from training.codec_losses import ALL_FFTS, attack_time_ms, log_spectral_distance, multi_resolution
from training.config import SAMPLE_RATE
from training.measure.flatness import band_flatness
from training.measure.pack import PackCodec, markdown
from training.oneshots import OneShot, load_oneshots

START = SAMPLE_RATE // 4
LENGTH = 3 * SAMPLE_RATE // 2
PEAK = 0.5
PAIRS = 8


def as_clip(shot: OneShot) -> np.ndarray:
    """float32 [LENGTH]: silence, then the recording from its attack on, peak PEAK."""
    clip = np.zeros(LENGTH, np.float32)
    part = shot.trimmed[: LENGTH - START]
    clip[START : START + len(part)] = PEAK * part
    return clip


def opus(sound: np.ndarray, *, kilobits: int = 64) -> np.ndarray:
    """Through ffmpeg's libopus and back, float32 [L]; its pre-skip is taken off by the container."""
    with tempfile.TemporaryDirectory() as folder:
        plain, coded, back = (Path(folder) / name for name in ("in.wav", "coded.opus", "out.wav"))
        soundfile.write(plain, sound, SAMPLE_RATE, subtype="FLOAT")
        quiet = ["ffmpeg", "-v", "error", "-y"]
        subprocess.run([*quiet, "-i", plain, "-c:a", "libopus", "-b:a", f"{kilobits}k", coded], check=True)
        subprocess.run([*quiet, "-i", coded, "-c:a", "pcm_f32le", "-ar", str(SAMPLE_RATE), back], check=True)
        decoded, _ = soundfile.read(back, dtype="float32")
    return np.pad(decoded, (0, max(0, len(sound) - len(decoded))))[: len(sound)]


def score(clips: list[np.ndarray], decoded: list[np.ndarray]) -> dict[str, float]:
    """Means over clips; shifts in ms (positive = late), log-spectral distance in dB."""
    near = 1000 * START / SAMPLE_RATE
    pairs = list(zip(decoded, clips, strict=True))
    shifts = [attack_time_ms(a, near_ms=near) - attack_time_ms(b, near_ms=near) for a, b in pairs]
    tensors = [(torch.from_numpy(a)[None], torch.from_numpy(b)[None]) for a, b in pairs]
    return {
        "clips": len(clips),
        "onset_shift_median_ms": float(np.median(shifts)),
        "onset_shift_median_abs_ms": float(np.median(np.abs(shifts))),
        "onset_shift_p90_abs_ms": float(np.quantile(np.abs(shifts), 0.9)),
        "log_spectral_distance_db": float(np.mean([log_spectral_distance(a, b) for a, b in tensors])),
        "band_flatness": float(np.nanmean([band_flatness(sound) for sound in decoded])),
        "multi_resolution_stft": float(np.mean([float(multi_resolution(a, b, ffts=ALL_FFTS)) for a, b in tensors])),
    }


def choose(shots: list[OneShot], *, count: int) -> list[int]:
    """Indices of up to `count` recordings, materials in turn and then by file."""
    seen: dict[str, int] = {}
    order = []
    for index, shot in enumerate(shots):
        name = shot.material or "mixed"
        order.append((seen.get(name, 0), name, index))
        seen[name] = seen.get(name, 0) + 1
    return [index for _, _, index in sorted(order)[:count]]


def draw_pairs(shots: list[OneShot], clips: list[np.ndarray], decoded: list[np.ndarray], *, out: Path) -> None:
    """Log-mel spectrograms of recordings (above) and of what the codec makes of them (below)."""
    chosen = choose(shots, count=PAIRS)
    figure, axes = pyplot.subplots(2, len(chosen), figsize=(2 * len(chosen), 4.2), layout="constrained", squeeze=False)
    for column, index in enumerate(chosen):
        for row, sound in zip(axes, (clips[index], decoded[index]), strict=True):
            power = librosa.feature.melspectrogram(y=sound[:SAMPLE_RATE], sr=SAMPLE_RATE, n_fft=1024, hop_length=120)
            decibels = librosa.power_to_db(power, ref=1.0)
            row[column].imshow(decibels, origin="lower", aspect="auto", vmin=-60, vmax=20, cmap="magma")
            row[column].set(xticks=[], yticks=[])
        axes[0, column].set_title(shots[index].material or "mixed", fontsize=9)
    axes[0, 0].set_ylabel("recording")
    axes[1, 0].set_ylabel("decoded")
    figure.savefig(out, dpi=100)
    pyplot.close(figure)


def measure(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    shots = list(load_oneshots(folder=arguments.oneshots, cache=arguments.cache).split(kind="test"))
    clips = [as_clip(shot) for shot in shots]
    codecs: dict[str, Callable[[np.ndarray], np.ndarray]] = {"codec": PackCodec(arguments.pack), "Opus 64 kbit/s": opus}
    decoded = {name: [codec(clip) for clip in clips] for name, codec in codecs.items()}
    if arguments.picture:
        draw_pairs(shots, clips, decoded["codec"], out=arguments.picture)
    return {name: score(clips, sounds) for name, sounds in ({"recordings": clips} | decoded).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oneshots", type=Path, required=True)
    parser.add_argument("--pack", type=Path, default=Path("resources/models/hits"))
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = measure(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2))
    headings = [
        "row",
        "recordings",
        "onset shift, median",
        "absolute: median",
        "90th",
        "log-spectral",
        "STFT",
        "flatness",
    ]
    cells = [
        [name, str(row["clips"])]
        + [f"{row[f'onset_shift_{part}_ms']:.2f} ms" for part in ("median", "median_abs", "p90_abs")]
        + [
            f"{row['log_spectral_distance_db']:.2f} dB",
            f"{row['multi_resolution_stft']:.3f}",
            f"{row['band_flatness']:.3f}",
        ]
        for name, row in rows.items()
    ]
    print(markdown(headings, cells))


if __name__ == "__main__":
    main()
