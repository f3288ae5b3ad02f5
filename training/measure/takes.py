"""What takes sound like beside each other and beside the picture's own sound.

    python -m training.measure.takes --films DIR [--pack DIR] [--count 3] [--mode off] [--max-sec 10] [--json FILE]

*Variety*: log-mel distance between two seeds over the distance that the codec alone makes. *Loudness*: correlation of
the levels of generated attacks with the attacks of the film's own sound that they match. *Bed*: level of the quietest
tenth of the track under its hits. *Pre-echo*: loudest sample 20 ms to 1 ms before an attack that nothing precedes,
under its hit. *Flatness*: within thirds of octaves (`training.measure.flatness`).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import librosa
import numpy as np
import soundfile

from training.config import SAMPLE_RATE
from training.measure.flatness import band_flatness
from training.measure.pack import PackCodec, films_in, foley, generate, markdown
from training.real import read_sound

FLOOR_DB = -60.0
MATCH_SEC = 0.1
ALONE_SEC = 0.4

Attacks = list[tuple[float, float]]  # (seconds, dBFS)


def log_mel(sound: np.ndarray) -> np.ndarray:
    """dB [64, T] of 20 ms windows every 10 ms, floor FLOOR_DB under full scale."""
    power = librosa.feature.melspectrogram(y=sound, sr=SAMPLE_RATE, n_fft=960, hop_length=480, n_mels=64)
    return np.maximum(10 * np.log10(power / 100 + 1e-12), FLOOR_DB)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference in dB of two sounds [L], over the frames where either is above the floor."""
    mel_a, mel_b = log_mel(a), log_mel(b)
    heard = np.maximum(mel_a, mel_b).max(0) > FLOOR_DB + 1
    return float(np.abs(mel_a - mel_b)[:, heard].mean()) if heard.any() else 0.0


def matched_levels(
    reference: Attacks, generated: Attacks, *, within_sec: float = MATCH_SEC
) -> list[tuple[float, float]]:
    """(reference, generated) levels in dB of pairs, nearest first, each attack once."""
    near = sorted(
        (abs(a[0] - b[0]), i, j)
        for i, a in enumerate(reference)
        for j, b in enumerate(generated)
        if abs(a[0] - b[0]) < within_sec
    )
    pairs, used_a, used_b = [], set(), set()
    for _, i, j in near:
        if i not in used_a and j not in used_b:
            used_a.add(i)
            used_b.add(j)
            pairs.append((reference[i][1], generated[j][1]))
    return pairs


def bed_db(sound: np.ndarray, attacks: Attacks) -> float:
    """RMS of the quietest tenth of 10 ms frames under the median hit's peak, dB; not under -120."""
    frames = np.square(sound[: len(sound) // 480 * 480].reshape(-1, 480), dtype=np.float64).mean(1)
    quiet = 10 * np.log10(np.quantile(frames, 0.1) + 1e-12)
    return max(-120.0, float(quiet - np.median([level for _, level in attacks])))


def pre_echo_db(sound: np.ndarray, attacks: Attacks) -> list[float]:
    """For each attack with ALONE_SEC of nothing before it: the loudest sample just before, under the hit's peak."""
    found, before = [], -ALONE_SEC
    for time, level in attacks:
        start = round(time * SAMPLE_RATE)
        if time - before >= ALONE_SEC and start >= 960:
            peak = float(np.abs(sound[start - 960 : start - 48]).max())
            found.append(max(-120.0, 20 * np.log10(peak + 1e-9) - level))
        before = time
    return found


def attacks_of(sound: np.ndarray) -> Attacks:
    """By the application's 1 ms detector."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        soundfile.write(path, sound, SAMPLE_RATE, subtype="FLOAT")
        return [(attack["timeSec"], attack["levelDb"]) for attack in foley("onsets", path)["attacks"]]


def measure(arguments: argparse.Namespace) -> dict:
    codec = PackCodec(arguments.pack)
    between, own, flatness, beds, echoes, correlations, pairs_total = [], [], [], [], [], [], 0
    for film in films_in(arguments.films, count=arguments.count):
        options = ("--sync-mode", arguments.mode, "--to", arguments.max_sec)
        takes = [
            generate(film, *options, "--seed", seed, pack=arguments.pack)[: round(arguments.max_sec * SAMPLE_RATE)]
            for seed in (1, 2)
        ]
        between.append(distance(*takes))
        own.append(distance(takes[0], codec(takes[0])))
        flatness += [band_flatness(take) for take in takes]
        heard = [attacks_of(take) for take in takes]
        reference = attacks_of(read_sound(film)[: round(arguments.max_sec * SAMPLE_RATE)])
        for take, attacks in zip(takes, heard, strict=True):
            if not attacks:
                continue
            beds.append(bed_db(take, attacks))
            echoes += pre_echo_db(take, attacks)
            pairs = np.array(matched_levels(reference, attacks))
            pairs_total += len(pairs)
            if len(pairs) >= 5 and pairs.std(0).min() > 0:
                correlations.append((float(np.corrcoef(pairs.T)[0, 1]), len(pairs)))
        print(f"{film.name}: {between[-1]:.2f} dB between takes, {own[-1]:.2f} dB by the codec", flush=True)
    values, weights = np.array(correlations).reshape(-1, 2).T
    return {
        "films": len(between),
        "between_takes_db": float(np.mean(between)),
        "codec_db": float(np.mean(own)),
        "variety": float(np.mean(between) / np.mean(own)),
        "band_flatness": float(np.nanmean(flatness)),
        "loudness_correlation": float(np.average(values, weights=weights)) if len(values) else None,
        "loudness_pairs": pairs_total,
        "bed_db": float(np.median(beds)) if beds else None,
        "pre_echo_db": float(np.median(echoes)) if echoes else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, required=True, help="films with their own sound")
    parser.add_argument("--pack", type=Path, default=Path("resources/models/hits"))
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--mode", default="off")
    parser.add_argument("--max-sec", type=float, default=10.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    report = measure(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2))
    show = lambda value, unit: "-" if value is None else f"{value:.2f}{unit}"
    headings = [
        "films",
        "between takes",
        "by the codec",
        "variety",
        "flatness",
        "loudness correlation",
        "bed",
        "pre-echo",
    ]
    decibels = [show(report[name], " dB") for name in ("between_takes_db", "codec_db")]
    ratios = [show(report[name], "") for name in ("variety", "band_flatness", "loudness_correlation")]
    levels = [show(report[name], " dB") for name in ("bed_db", "pre_echo_db")]
    print(markdown(headings, [[str(report["films"]), *decibels, *ratios, *levels]]))


if __name__ == "__main__":
    main()
