"""Event scores for training: average precision and F1 of detected times against true ones.

The application's own metric is src/main/analysis/sync.ts; this one steers the training and the choice of thresholds.
"""

import numpy as np


def match(*, reference: list[float], found: list[float], confidence: list[float], tolerance_sec: float) -> tuple[np.ndarray, list[float]]:
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


def best_f1(*, clips: list[tuple[list[float], list[float], list[float]]], tolerance_sec: float) -> tuple[float, float, float]:
    """(F1, threshold, median signed offset) at the threshold with the best F1, all clips pooled."""
    best = (0.0, 0.5, 0.0)
    for threshold in np.linspace(0.1, 0.9, 33):
        hits, found_count, total, offsets = 0, 0, 0, []
        for reference, found, confidence in clips:
            kept = [(time, value) for time, value in zip(found, confidence, strict=True) if value >= threshold]
            flags, moved = match(reference=reference, found=[k[0] for k in kept], confidence=[k[1] for k in kept],
                                 tolerance_sec=tolerance_sec)  # fmt: skip
            hits, found_count, total = hits + int(flags.sum()), found_count + len(kept), total + len(reference)
            offsets += moved
        score = 2 * hits / max(found_count + total, 1)
        if score > best[0]:
            best = (score, float(threshold), float(np.median(offsets)) if offsets else 0.0)
    return best
