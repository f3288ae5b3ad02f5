"""Where the picture of a real clip shows its hits."""

import numpy as np
import pytest

from training.config import VisualConfig
from training.encoder import MotionEncoder
from training.real import Clip, Hit
from training.shown import as_shown, shown_after_sec

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
    clip = Clip(name="a", split="train", rate=25.0, frames=frames, hits=heard)
    seen = (HITS_SEC - 0.011).tolist(), [0.9] * len(HITS_SEC)
    monkeypatch.setattr("training.shown.pick_peaks", lambda probability, rate: seen)
    moved = as_shown(clips=[clip], encoder=encoder.eval())[0]
    assert [hit.time_sec for hit in moved.hits] == pytest.approx((HITS_SEC - 0.011).tolist(), abs=1e-6)
