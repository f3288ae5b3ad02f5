"""What counts as a hit on a microphone track, and where the picture shows it."""

import numpy as np
import pytest

from training.config import VisualConfig
from training.encoder import MotionEncoder
from training.heard import Hit, attacks, energy_rise, refine
from training.real import Clip
from training.shown import as_shown, shown_after_sec
from training.tests.test_sync_score import hits


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


def test_attacks_after_the_labels_count_where_they_are_loud() -> None:
    sound = hits([0.5, 1.2, 2.0, 2.5])
    sound[int(2.45 * 48_000) :] *= 0.03  # the last one 30 dB below the others
    heard = attacks(sound=sound, from_sec=1.0)
    assert [hit.time_sec for hit in heard] == pytest.approx([1.2, 2.0], abs=0.002)
    assert {(hit.material, hit.scratch) for hit in heard} == {(None, False)}


HITS_SEC = np.cumsum(np.random.default_rng(0).uniform(0.3, 1.1, 40))


def test_a_recording_tells_by_how_much_its_picture_is_late() -> None:
    random = np.random.default_rng(1)
    seen = HITS_SEC[::2] + 0.023 + random.normal(0, 0.005, 20)
    others = random.uniform(0, HITS_SEC[-1], 8)  # what the encoder sees where nothing hits
    seen, probability = np.concatenate([seen, others]), np.full(28, 0.7)
    assert shown_after_sec(seen=seen, probability=probability, hits=HITS_SEC) == pytest.approx(0.023, abs=0.003)


@pytest.mark.parametrize("count", [0, 2, 25])
def test_one_that_does_not_tell_stays_where_it_is_heard(count: int) -> None:
    seen = np.random.default_rng(2).uniform(0, HITS_SEC[-1], count)
    assert shown_after_sec(seen=seen, probability=np.full(count, 0.7), hits=HITS_SEC) == 0.0
    assert shown_after_sec(seen=HITS_SEC[:count], probability=np.full(count, 0.7)[:count], hits=np.array([])) == 0.0


def test_hits_of_a_clip_move_to_what_its_picture_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = MotionEncoder(config=VisualConfig(size=16, features=16, widths=(8, 16), dilations=(1, 2)), materials=3)
    heard = tuple(Hit(time, "wood", False, -6.0) for time in HITS_SEC)
    frames = np.zeros((60, 112, 112, 3), np.uint8)
    clip = Clip(name="a", split="train", rate=25.0, frames=frames, hits=heard, labelled_sec=2.4)
    seen = (HITS_SEC - 0.011).tolist(), [0.9] * len(HITS_SEC)
    monkeypatch.setattr("training.shown.pick_peaks", lambda probability, rate: seen)
    moved = as_shown(clips=[clip], encoder=encoder.eval())[0]
    assert [hit.time_sec for hit in moved.hits] == pytest.approx((HITS_SEC - 0.011).tolist(), abs=1e-6)
