"""Windows and conditions as the transformer is trained on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.conditions import collate, cut_window, draw_points, drop_conditions
from training.config import FlowConfig, VisualConfig
from training.materials import MATERIALS
from training.pairs import LONGEST_WINDOW_SEC, Pair, Picture, load_pairs, long_enough
from training.stage.events import Event

VISUAL = VisualConfig(features=4)
FLOW = FlowConfig(window_sec=2.0)


def scene() -> tuple[Pair, Picture]:
    """Ten seconds with a hit each second; latent n holds n, feature t holds t."""
    events = [Event(time_sec=float(s), kind="hit", material="wood", strength=0.5) for s in range(1, 10)]
    picture = Picture("scene", torch.arange(250.0).unsqueeze(1).expand(-1, 4).half(), events, 10.0)
    latents = torch.arange(500.0).unsqueeze(1).expand(-1, 128).half()
    return Pair(0, latents, [-6.0] * 9, ["wood"] * 9), picture


def test_dropout_rates_are_those_of_the_configuration() -> None:
    random = np.random.default_rng(0)
    present, modes, given = drop_conditions(batch=20_000, config=FLOW, random=random)
    assert abs(1 - present.mean() - 0.2) < 0.01  # the paper's 20 % of zero vectors
    assert abs(modes.count("hints") / 20_000 - FLOW.sync_hints) < 0.01
    assert abs(modes.count("only") / 20_000 - FLOW.sync_only) < 0.01
    assert abs(given.mean() - FLOW.material_given) < 0.01


def test_a_window_keeps_picture_sound_and_events_at_their_times() -> None:
    pair, picture = scene()
    random = np.random.default_rng(1)
    for _ in range(50):
        window = cut_window(pair=pair, picture=picture, config=FLOW, visual=VISUAL, random=random)
        start = float(window.latents[0, 0]) / 50
        frame_times = window.features[:, 0] / 25 - start
        assert torch.allclose(frame_times, window.times_sec, atol=1e-4)
        for time, level, material in window.events:
            assert (level, material) == (-6.0, "wood")
            assert abs((time + start) - round(time + start)) < 1e-6
            assert 0 <= time < 2.0


def test_points_of_a_mode() -> None:
    pair, picture = scene()
    random = np.random.default_rng(2)
    window = cut_window(pair=pair, picture=picture, config=replace(FLOW, window_sec=8.0), visual=VISUAL, random=random)
    truth = [(time, level) for time, level, _ in window.events]
    assert draw_points(window=window, mode="off", random=random) == []
    assert draw_points(window=window, mode="only", random=random) == truth
    hints = [draw_points(window=window, mode="hints", random=random) for _ in range(200)]
    assert 0.6 < sum(map(len, hints)) / (200 * len(truth)) < 0.9


def test_collated_conditions_stand_at_scaled_positions() -> None:
    pair, picture = scene()
    config = replace(FLOW, sync_only=1.0, sync_hints=0.0, unconditional=0.0, material_given=1.0)
    random = np.random.default_rng(3)
    windows = [cut_window(pair=pair, picture=picture, config=config, visual=VISUAL, random=random) for _ in range(3)]
    latents, conditions = collate(windows=windows, scheme="sape_rope", config=config, random=random)
    assert latents.shape == (3, 100, 128)
    for row, window in enumerate(windows):
        assert torch.allclose(conditions.rope_positions[row], window.times_sec * 50)
        count = len(window.events)
        assert conditions.sync_mask[row].sum() == count
        expected = torch.tensor([time * 50 for time, _, _ in window.events])
        assert torch.allclose(conditions.sync_positions[row, :count], expected, atol=1e-4)
    assert conditions.sync_mode.tolist() == [2, 2, 2]
    assert set(conditions.material.tolist()) == {MATERIALS.index("wood") + 1}


def test_pairs_shorter_than_the_longest_window_are_left_out(tmp_path: Path) -> None:
    pair, picture = scene()
    short = Picture("clip", picture.features[:200], [], 8.0)
    pairs = [pair, replace(pair, picture=1), replace(pair, latents=pair.latents[:499])]
    torch.save([picture, short], tmp_path / "pictures.pt")
    torch.save(pairs, tmp_path / "pairs-0.pt")
    pictures, kept = load_pairs(tmp_path)
    assert len(pictures) == 2 and [len(each.latents) for each in kept] == [500]
    longest = replace(FLOW, window_sec=LONGEST_WINDOW_SEC)
    cut_window(pair=kept[0], picture=picture, config=longest, visual=VISUAL, random=np.random.default_rng(4))
    with pytest.raises(ValueError, match="a window of 10 s; the longest of 1 lasts 8 s"):
        long_enough(pairs=pairs[1:2], pictures=pictures, seconds=LONGEST_WINDOW_SEC)
