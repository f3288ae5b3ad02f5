"""Examples of real clips: of two at once, what happens in either happens."""

import numpy as np
import pytest
import torch

from training.config import VisualConfig
from training.pictures import SILENT_DB, Batch, RealPictures

FRAMES, SIZE = 6, 8


def example(*, grey: float, hit: int, level: float, material: list[int]) -> tuple[torch.Tensor, ...]:
    """An even grey picture with one certain impact in bin 0 of frame `hit`."""
    impact, loudness = torch.zeros(FRAMES, 2), torch.full((FRAMES, 2), SILENT_DB)
    impact[hit, 0], loudness[hit, 0] = 1.0, level
    return torch.full((FRAMES, 3, SIZE, SIZE), grey), impact, loudness, torch.tensor(material)


def test_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = example(grey=0.0, hit=1, level=-3.0, material=[-1, 2, 2, 2, -1, -1])
    second = example(grey=1.0, hit=3, level=-9.0, material=[-1, -1, -1, 5, 5, -1])
    drawn: list[tuple[torch.Tensor, ...]] = []
    monkeypatch.setattr(RealPictures, "_one", lambda _: drawn.pop(0))
    real = RealPictures(clips=[], config=VisualConfig(size=SIZE), frames=FRAMES, seed=3)
    faint = 0
    for _ in range(40):
        drawn[:] = [first, second]
        frames, impact, loudness, material = real._two()
        assert 0.2 < frames.mean() < 0.8 and frames.shape == (FRAMES, 3, SIZE, SIZE)
        assert impact[1, 0] == 1.0 and float(impact[3, 0]) in (1.0, pytest.approx(0.7))
        faint += bool(impact[3, 0] < 1.0)
        assert int((impact > 0).sum()) == 2
        assert loudness[1, 0] == -3.0 and loudness[3, 0] == -9.0 and loudness.min() == SILENT_DB
        assert material.tolist() == [-1, 2, 2, -1, 5, -1]
    assert 0 < faint < 20


def test_half_of_the_examples_are_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = {"one": 0, "two": 0}
    for name in counted:
        made = lambda _, name=name: counted.__setitem__(name, counted[name] + 1) or ()
        monkeypatch.setattr(RealPictures, f"_{name}", made)
    real = RealPictures(clips=[], config=VisualConfig(), frames=FRAMES, seed=0)
    for _ in range(200):
        real._example()
    assert np.isclose(counted["two"] / 200, 0.5, atol=0.1) and sum(counted.values()) == 200


def test_the_second_clip_is_of_the_stage_in_half_of_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    real = example(grey=0.0, hit=1, level=-3.0, material=[-1] * FRAMES)
    staged = example(grey=1.0, hit=3, level=-9.0, material=[-1] * FRAMES)

    class Stage:
        def draw(self, count: int) -> Batch:
            return Batch(*(torch.stack([value] * count) for value in staged))

    monkeypatch.setattr(RealPictures, "_one", lambda _: real)
    pictures = RealPictures(clips=[], config=VisualConfig(size=SIZE), frames=FRAMES, seed=0, stage=Stage())
    seconds = [pictures._two()[1] for _ in range(200)]
    assert all(impact[1, 0] == 1.0 for impact in seconds)
    assert np.isclose(np.mean([float(impact[3, 0]) > 0 for impact in seconds]), 0.5, atol=0.1)
