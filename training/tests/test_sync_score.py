"""The scores that steer training, on cases worked out by hand."""

import numpy as np
import pytest

from training.real import energy_rise, refine
from training.sync_score import average_precision, best_f1, detected_onsets, sync_of


def test_perfect_and_empty() -> None:
    assert sync_of(reference=[1.0, 2.0], found=[1.01, 2.02], confidence=[0.9, 0.4]) == {
        "acc": 1.0,
        "ap": 1.0,
        "f1": 1.0,
    }
    assert sync_of(reference=[1.0], found=[], confidence=[])["f1"] == 0.0


def test_a_false_alarm_costs_precision_and_a_miss_recall() -> None:
    score = sync_of(reference=[1.0, 2.0], found=[1.0, 5.0], confidence=[0.5, 0.9])
    assert score["acc"] == 0.5
    assert score["f1"] == 0.5
    # Thresholds 0.9: 0 of 1; 0.5: 1 of 2; 0 (the miss): 2 of 3 "positives" found at precision 2/3.
    assert score["ap"] == pytest.approx(0.5 * 0.5 + 0.5 * 2 / 3)


def test_detection_scores() -> None:
    clips = [([1.0, 2.0], [1.02, 1.5, 2.02], [0.9, 0.2, 0.8])]
    assert average_precision(clips=clips, tolerance_sec=0.1) == pytest.approx(1.0)
    f1, threshold, offset = best_f1(clips=clips, tolerance_sec=0.1)
    assert f1 == pytest.approx(1.0)
    assert 0.2 < threshold <= 0.8
    assert offset == pytest.approx(0.02)


def hits(times: list[float], seconds: float = 4.0) -> np.ndarray:
    """Decaying noise bursts over a faint bed."""
    random = np.random.default_rng(0)
    sound = random.normal(0, 1e-3, int(seconds * 48_000)).astype(np.float32)
    for time in times:
        burst = random.normal(0, 0.3, 9_600) * np.exp(-np.arange(9_600) / 1_500)
        sound[int(time * 48_000) :][: len(burst)] += burst.astype(np.float32)
    return sound


def test_the_detector_hears_hits() -> None:
    found, confidence = detected_onsets(hits([0.5, 1.7, 3.0]), rate=48_000)
    assert len(found) == 3
    assert np.allclose(found, [0.5, 1.7, 3.0], atol=0.05)
    assert min(confidence) > 0.3


def test_labels_move_to_the_sound_within_reach() -> None:
    sound = hits([0.513, 1.72])
    labels = [[0.5333, "wood", "hit"], [1.6667, "None", "scratch"], [3.0, "metal", "hit"]]
    refined = refine(labels=labels, sound=sound)
    assert [hit.time_sec for hit in refined[:2]] == pytest.approx([0.513, 1.72], abs=0.002)
    assert refined[2].time_sec == 3.0  # nothing sounds there: kept
    assert [hit.material for hit in refined] == ["wood", None, "metal"]
    assert refined[1].scratch


def test_energy_rise_peaks_at_the_attack() -> None:
    rise = energy_rise(hits([1.0]))
    assert abs(int(rise.argmax()) - 1000) <= 1
