"""Golden numbers for src/main/analysis, made with librosa, scikit-learn and scipy.

    .venv/bin/python -m training.golden.onsets   # writes src/main/analysis/golden-onsets.json

The signals are formulas, repeated in src/main/analysis/golden-signals.ts, so that only numbers are committed.
"""

import base64
import json
import math
from pathlib import Path

import librosa
import numpy as np
import onnx
import scipy.linalg
import sklearn.metrics
from onnx import TensorProto, helper

RATE = 22_050
OUTPUT = Path(__file__).parents[2] / "src/main/analysis/golden-onsets.json"


def noise(*, count: int, seed: int) -> np.ndarray:
    """Uniform in [-1, 1) from Numerical Recipes' 32-bit congruential generator: trivial in every language."""
    state = seed
    values = np.empty(count)
    for i in range(count):
        state = (1_664_525 * state + 1_013_904_223) % 2**32
        values[i] = state / 2**31 - 1
    return values


def sample_at(*, seconds: float, rate: int) -> int:
    """Halves up, as JavaScript rounds; Python's round() goes to the even neighbour."""
    return math.floor(seconds * rate + 0.5)


def place(*, wave: np.ndarray, start: int, sound: np.ndarray) -> None:
    end = min(len(wave), start + len(sound))
    wave[start:end] += sound[: end - start]


def clicks(*, rate: int) -> np.ndarray:
    wave = np.zeros(3 * rate)
    for time, level in [(0.4, 0.9), (0.9, 0.5), (1.05, 0.7), (1.9, 0.1), (2.6, 1.0)]:
        wave[sample_at(seconds=time, rate=rate)] = level
    return wave


def bursts(*, rate: int) -> np.ndarray:
    wave = 0.001 * noise(count=4 * rate, seed=1)
    envelope = np.exp(-np.arange(rate // 2) / (0.04 * rate))
    for k, (time, level) in enumerate([(0.3, 0.8), (1.0, 0.3), (1.12, 0.5), (2.05, 0.05), (3.2, 0.9), (3.95, 0.6)]):
        place(
            wave=wave,
            start=sample_at(seconds=time, rate=rate),
            sound=level * envelope * noise(count=rate // 2, seed=10 + k),
        )
    return wave


def modal(*, rate: int) -> np.ndarray:
    wave = 0.002 * noise(count=4 * rate, seed=2)
    time = np.arange(rate) / rate
    modes = [(310.0, 0.30, 0.5), (1270.0, 0.12, 0.3), (3800.0, 0.05, 0.2)]
    hit = sum(level * np.sin(2 * np.pi * hz * time) * np.exp(-time / decay) for hz, decay, level in modes)
    for start, level in [(0.25, 0.7), (0.85, 0.2), (1.5, 0.9), (1.75, 0.4), (3.0, 0.6)]:
        place(wave=wave, start=sample_at(seconds=start, rate=rate), sound=level * hit)
    return wave


def pulses(*, rate: int) -> np.ndarray:
    """6 Hz, decaying noise, level rising: many onsets near the threshold."""
    wave = 0.01 * noise(count=3 * rate, seed=3)
    envelope = np.exp(-np.arange(rate // 8) / (0.01 * rate))
    for k in range(18):
        sound = 0.02 * 1.25**k * envelope * noise(count=rate // 8, seed=30 + k)
        place(wave=wave, start=sample_at(seconds=0.02 + k / 6, rate=rate), sound=sound)
    return wave


def short(*, rate: int) -> np.ndarray:
    return bursts(rate=rate)[sample_at(seconds=0.26, rate=rate) : sample_at(seconds=0.34, rate=rate)]


SIGNALS = {"clicks": clicks, "bursts": bursts, "modal": modal, "pulses": pulses, "short": short}


def onset_frames(*, wave: np.ndarray) -> list[int]:
    return librosa.onset.onset_detect(y=wave.astype(np.float32), sr=RATE, delta=0.3).tolist()


def signals() -> dict[str, object]:
    golden: dict[str, object] = {}
    for name, signal in SIGNALS.items():
        wave = signal(rate=RATE)
        strength = librosa.onset.onset_strength(y=wave.astype(np.float32), sr=RATE)
        golden[name] = {
            "samples": len(wave),
            "sum": round(float(np.abs(wave).sum()), 6),
            "onsetFrames": onset_frames(wave=wave),
            "strength": [round(float(value), 5) for value in strength],
        }
    silence = np.zeros(RATE)
    golden["silence"] = {
        "samples": RATE,
        "sum": 0,
        "onsetFrames": onset_frames(wave=silence),
        "strength": librosa.onset.onset_strength(y=silence, sr=RATE).tolist(),
    }
    return golden


def peak_picking() -> dict[str, object]:
    """An envelope with peaks of every height and distance, straight into librosa's picker."""
    envelope = np.abs(noise(count=3000, seed=8)) ** 3
    return {
        "count": 3000,
        "onsetFrames": librosa.onset.onset_detect(onset_envelope=envelope, sr=RATE, delta=0.3).tolist(),
    }


def resampled() -> list[dict[str, object]]:
    """Onsets after librosa's own default resampler (soxr_hq), against which ours may differ by one frame."""
    rows: list[dict[str, object]] = []
    for name in ["bursts", "modal", "pulses"]:
        for rate in [44_100, 48_000]:
            wave = librosa.resample(SIGNALS[name](rate=rate), orig_sr=rate, target_sr=RATE, res_type="soxr_hq")
            rows.append({"signal": name, "rate": rate, "onsetFrames": onset_frames(wave=wave)})
    return rows


def kaiser_filter() -> dict[str, object]:
    """The resampler's formulas once more: 48 000 -> 22 050 of a few samples, evaluated without polyphase tables."""
    stop_db, ratio = 80.0, 147 / 320
    half_width = (stop_db - 8) / (2.285 * 0.10 * np.pi) / 2 / ratio
    wave = noise(count=2000, seed=4)
    outputs = []
    for n in [0, 1, 2, 100, 333, 700, 918]:
        distance = np.arange(len(wave)) - n / ratio
        grid = np.arange(np.floor(n / ratio) - 400, np.floor(n / ratio) + 401) - n / ratio

        def kernel(at: np.ndarray) -> np.ndarray:
            inside = np.clip(1 - (at / half_width) ** 2, 0, None)
            window = np.where(np.abs(at) < half_width, np.i0(0.1102 * (stop_db - 8.7) * np.sqrt(inside)), 0)
            return np.sinc(0.95 * ratio * at) * window

        outputs.append([n, round(float((wave * kernel(distance)).sum() / kernel(grid).sum()), 6)])
    return {"count": 919, "outputs": outputs}


def average_precision() -> list[dict[str, object]]:
    cases = [
        ([1, 1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6, 0.5]),
        ([1, 0, 1, 0, 1, 1], [0.9, 0.9, 0.4, 0.4, 0.0, 0.0]),
        ([0, 0, 1], [0.3, 0.2, 0.1]),
        ([1, 1, 1], [0.0, 0.5, 0.0]),
        ([1, 0, 0, 1, 1, 0, 1, 0], [1.0, 0.75, 0.75, 0.75, 0.5, 0.25, 0.0, 0.0]),
    ]
    return [{"relevant": y, "scores": s, "ap": float(sklearn.metrics.average_precision_score(y, s))} for y, s in cases]


def frechet() -> dict[str, object]:
    """Two clouds whose covariances do not commute, as FAD's own script computes it (scipy.linalg.sqrtm)."""
    dims, count = 6, 40
    first = noise(count=dims * count, seed=5).reshape(count, dims)
    second = noise(count=dims * count, seed=6).reshape(count, dims) * np.arange(1, dims + 1) + 0.5
    second[:, 0] += 0.8 * second[:, 1]
    c1, c2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = scipy.linalg.sqrtm(c1 @ c2).real
    gap = first.mean(0) - second.mean(0)
    return {"dims": dims, "count": count, "distance": float(gap @ gap + np.trace(c1 + c2 - 2 * root))}


def embedding_graph() -> str:
    """A stand-in for VGGish: [1, n] -> [n / 1600, 3], mean square, peak and first sample of each tenth of a second."""
    nodes = [
        helper.make_node("Reshape", ["waveform", "shape"], ["frames"]),
        helper.make_node("ReduceSumSquare", ["frames"], ["energy"], axes=[1], keepdims=1),
        helper.make_node("ReduceMax", ["frames"], ["peak"], axes=[1], keepdims=1),
        helper.make_node("Slice", ["frames", "zero", "one", "one"], ["first"]),
        helper.make_node("Concat", ["energy", "peak", "first"], ["embeddings"], axis=1),
    ]
    constants = [
        helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 1600]),
        helper.make_tensor("zero", TensorProto.INT64, [1], [0]),
        helper.make_tensor("one", TensorProto.INT64, [1], [1]),
    ]
    graph = helper.make_graph(
        nodes,
        "embedding",
        [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, [1, "n"])],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["frames", 3])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=8)
    onnx.checker.check_model(model)
    return base64.b64encode(model.SerializeToString()).decode()


def main() -> None:
    golden = {
        "librosa": librosa.__version__,
        "signals": signals(),
        "peakPicking": peak_picking(),
        "resampled": resampled(),
        "kaiser": kaiser_filter(),
        "averagePrecision": average_precision(),
        "frechet": frechet(),
        "embeddingGraph": embedding_graph(),
    }
    OUTPUT.write_text(json.dumps(golden) + "\n")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
