"""A picture of what was made: film strip, waveform with the true hits, spectrogram.

python -m training.figure --film out.mp4 [--labels samples/stick.json] --out docs/images/generate.png
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import librosa
import numpy as np
from matplotlib import pyplot

from training.config import SAMPLE_RATE
from training.real import read_frames, read_sound

STRIP = 12


def hit_times(path: Path | None) -> list[float]:
    """Times in seconds from a labels file as `python -m training.stage` writes it."""
    if path is None:
        return []
    return [hit[0] for hit in json.loads(path.read_text())["hits"]]


def draw(*, film: Path, labels: Path | None, out: Path) -> None:
    """Write a PNG about 1400 pixels wide."""
    sound = read_sound(film)
    seconds = len(sound) / SAMPLE_RATE
    frames = read_frames(film, rate=STRIP / seconds, until_sec=seconds, size=160)[:STRIP]
    decibels = librosa.amplitude_to_db(np.abs(librosa.stft(sound, n_fft=1024, hop_length=240)), ref=np.max, top_db=80)
    figure, (strip, wave, spectrum) = pyplot.subplots(
        3, 1, figsize=(14, 6.4), height_ratios=(1.1, 1, 2), sharex=True, layout="constrained"
    )
    figure.patch.set_facecolor("#14171a")
    strip.imshow(np.concatenate(list(frames), axis=1), extent=(0, seconds, 0, 1), aspect="auto")
    strip.set_yticks([])
    time = np.arange(len(sound)) / SAMPLE_RATE
    wave.plot(time, sound, color="#6aaee0", linewidth=0.6)
    for hit in hit_times(labels):
        wave.axvline(hit, color="#e8a34a", linewidth=1.2, alpha=0.9)
    wave.set_ylabel("sound, hits", color="#c8ccd0")
    top = 24_000
    spectrum.imshow(decibels, origin="lower", aspect="auto", extent=(0, seconds, 0, top), cmap="magma")
    spectrum.set_ylabel("Hz", color="#c8ccd0")
    spectrum.set_xlabel("seconds", color="#c8ccd0")
    for axes in (strip, wave, spectrum):
        axes.set_facecolor("#14171a")
        axes.tick_params(colors="#c8ccd0")
        for spine in axes.spines.values():
            spine.set_color("#3a4047")
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=100)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--film", type=Path, required=True)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    draw(film=arguments.film, labels=arguments.labels, out=arguments.out)


if __name__ == "__main__":
    main()
