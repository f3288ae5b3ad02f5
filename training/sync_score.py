"""Event scores for training: average precision and F1 of detected times against true ones.

The application's own metric is src/main/analysis/sync.ts; this one steers the training and the choice of thresholds.
"""

import numpy as np

DETECTOR_RATE = 22_050
CONFIDENCE_SEC = 0.05


def match(
    *, reference: list[float], found: list[float], confidence: list[float], tolerance_sec: float
) -> tuple[np.ndarray, list[float]]:
    """Greedy by descending confidence, nearest unused reference: (hit flags in that order, signed offsets of hits)."""
    used: set[int] = set()
    flags, offsets = [], []
    for index in sorted(range(len(found)), key=lambda i: -confidence[i]):
        near = [(abs(found[index] - time), k) for k, time in enumerate(reference) if k not in used]
        best = min(near, default=(np.inf, -1))
        hit = best[0] <= tolerance_sec
        if hit:
            used.add(best[1])
            offsets.append(found[index] - reference[best[1]])
        flags.append(hit)
    return np.array(flags, bool), offsets


def average_precision(*, clips: list[tuple[list[float], list[float], list[float]]], tolerance_sec: float) -> float:
    """Pooled over `clips` of (reference times, found times, confidences)."""
    flags, scores, total = [], [], 0
    for reference, found, confidence in clips:
        hits, _ = match(reference=reference, found=found, confidence=confidence, tolerance_sec=tolerance_sec)
        flags += hits.tolist()
        scores += sorted(confidence, reverse=True)
        total += len(reference)
    if not total or not flags:
        return 0.0
    ordered = np.array(flags)[np.argsort(-np.array(scores), kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    return float((precision * ordered).sum() / total)


def best_f1(
    *, clips: list[tuple[list[float], list[float], list[float]]], tolerance_sec: float
) -> tuple[float, float, float]:
    """(F1, threshold, median signed offset) at the threshold with the best F1, all clips pooled."""
    best = (0.0, 0.5, 0.0)
    for threshold in np.linspace(0.1, 0.9, 33):
        hits, found_count, total, offsets = 0, 0, 0, []
        for reference, found, confidence in clips:
            kept = [(time, value) for time, value in zip(found, confidence, strict=True) if value >= threshold]
            flags, moved = match(
                reference=reference,
                found=[k[0] for k in kept],
                confidence=[k[1] for k in kept],
                tolerance_sec=tolerance_sec,
            )
            hits, found_count, total = hits + int(flags.sum()), found_count + len(kept), total + len(reference)
            offsets += moved
        score = 2 * hits / max(found_count + total, 1)
        if score > best[0]:
            best = (score, float(threshold), float(np.median(offsets)) if offsets else 0.0)
    return best


def impact_marks(*, clips: list[tuple[list[float], list[float], list[float]]]) -> dict[str, float]:
    """AP at 0.1 and 0.05 s, best F1 at 0.1 s with its threshold and median offset, all clips pooled."""
    f1, threshold, offset = best_f1(clips=clips, tolerance_sec=0.1)
    return {
        "ap100": average_precision(clips=clips, tolerance_sec=0.1),
        "ap50": average_precision(clips=clips, tolerance_sec=0.05),
        "f1": f1,
        "threshold": threshold,
        "offset_ms": offset * 1000,
    }


def detected_onsets(sound: np.ndarray, *, rate: int) -> tuple[list[float], list[float]]:
    """librosa's onsets (delta = 0.3) of mono `sound` at `rate`, with the paper's confidence: the largest |wave|, scaled
    to 0..1 over the clip, within 0.05 s; weaker neighbours nearer than 0.05 s are dropped."""
    import librosa

    wave = librosa.resample(sound, orig_sr=rate, target_sr=DETECTOR_RATE)
    if float(np.abs(wave).max(initial=0.0)) < 1e-4:
        return [], []
    times = librosa.onset.onset_detect(y=wave, sr=DETECTOR_RATE, delta=0.3, units="time").tolist()
    level = np.abs(wave)
    level = (level - level.min()) / max(float(level.max() - level.min()), 1e-9)
    reach = int(CONFIDENCE_SEC * DETECTOR_RATE)
    confidence = [
        float(level[max(int(t * DETECTOR_RATE) - reach, 0) : int(t * DETECTOR_RATE) + reach].max(initial=0.0))
        for t in times
    ]
    kept: list[int] = []
    for index in sorted(range(len(times)), key=lambda i: -confidence[i]):
        if all(abs(times[index] - times[other]) > CONFIDENCE_SEC for other in kept):
            kept.append(index)
    kept.sort()
    return [times[i] for i in kept], [confidence[i] for i in kept]


def sync_of(
    *, reference: list[float], found: list[float], confidence: list[float], tolerance_sec: float = 0.1
) -> dict[str, float]:
    """ACC, AP and F1 of one clip: each reference onset in time order takes the most confident free onset near it."""
    free = set(range(len(found)))
    labels, scores = [], []
    for time in reference:
        near = [i for i in free if abs(found[i] - time) < tolerance_sec]
        best = max(near, key=lambda i: confidence[i], default=None)
        labels.append(1)
        scores.append(0.0 if best is None else confidence[best])
        free.discard(best)
    hits = len(found) - len(free)
    labels += [0] * len(free)
    scores += [confidence[i] for i in free]
    order = np.argsort(-np.array(scores), kind="stable")
    ranked, sorted_scores = np.array(labels)[order], np.array(scores)[order]
    last = np.append(np.flatnonzero(np.diff(sorted_scores)), len(ranked) - 1)  # ties are one threshold
    true = np.cumsum(ranked)[last]
    gained = np.diff(true, prepend=0)
    ap = float((gained * true / (last + 1)).sum() / max(len(reference), 1))
    return {"acc": hits / max(len(reference), 1), "ap": ap, "f1": 2 * hits / max(len(reference) + len(found), 1)}
