"""Scale-adapted positions against numbers worked out by hand, and the algebra that they rest on."""

import math

import pytest
import torch

from training.flow import picture_only
from training.positions import (
    SCHEMES,
    audio_positions,
    rotary_frequencies,
    rotary_table,
    rotate,
    sinusoid,
    visual_positions,
)
from training.transformer import FoleyTransformer, TransformerConfig

LATENT_RATE = 50.0
# Table 1: what is added to or rotates the frames' tokens, and what the audio tokens have.
TABLE_1 = {
    "sin_sin": ("sin", "index", "none"),
    "sape_sin_sin": ("sin", "scaled", "none"),
    "sin_rope": ("rope", "index", "none"),
    "sin+rope_rope": ("rope", "index", "index"),
    "sin+sape_rope": ("rope", "index", "scaled"),
    "rope_rope": ("rope", "none", "index"),
    "sape_rope": ("rope", "none", "scaled"),
}


def frame_times(*, rate: float, frames: int) -> torch.Tensor:
    return torch.arange(frames) / rate


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (5.0, [0.0, 10.0, 20.0, 30.0]),  # r = 10
        (10.0, [0.0, 5.0, 10.0, 15.0]),  # r = 5
        (15.0, [0.0, 10 / 3, 20 / 3, 10.0]),  # r = 10/3: the fractions stay
        (25.0, [0.0, 2.0, 4.0, 6.0]),  # r = 2
    ],
)
def test_scaled_positions_by_hand(rate: float, expected: list[float]) -> None:
    scaled = visual_positions(times_sec=frame_times(rate=rate, frames=4), kind="scaled", latent_rate=LATENT_RATE)
    assert scaled.tolist() == pytest.approx(expected, abs=1e-5)


def test_index_and_none_do_not_look_at_the_times() -> None:
    times = torch.tensor([[0.1, 0.7, 0.72], [5.0, 6.0, 7.0]])
    assert visual_positions(times_sec=times, kind="index", latent_rate=LATENT_RATE).tolist() == [[0, 1, 2]] * 2
    assert visual_positions(times_sec=times, kind="none", latent_rate=LATENT_RATE).tolist() == [[0, 0, 0]] * 2
    with pytest.raises(ValueError, match="expected none, index or scaled"):
        visual_positions(times_sec=times, kind="sape", latent_rate=LATENT_RATE)


@pytest.mark.parametrize("ratio", [10.0, 5.0, 10 / 3, 2.0])
def test_equal_times_have_equal_positions(ratio: float) -> None:
    """The identity that SAPE is for: position cannot tell a frame from the audio token of the same instant."""
    rate, frames = LATENT_RATE / ratio, 30
    times = frame_times(rate=rate, frames=frames)
    scaled = visual_positions(times_sec=times, kind="scaled", latent_rate=LATENT_RATE)
    audio = audio_positions(tokens=round(frames * ratio))
    token_times = audio / LATENT_RATE
    met = 0
    for frame, time in enumerate(times):
        token = int((token_times - time).abs().argmin())
        if abs(token_times[token] - time) < 1e-6:
            met += 1
            assert scaled[frame] == pytest.approx(float(audio[token]), abs=1e-4)
            assert torch.allclose(sinusoid(scaled[frame], width=32), sinusoid(audio[token], width=32), atol=1e-4)
    assert met == (frames if ratio == int(ratio) else frames // 3)
    # An index tells the same instant apart from the first frame on: the fault that the paper describes.
    index = visual_positions(times_sec=times, kind="index", latent_rate=LATENT_RATE)
    assert (index - scaled).abs()[1:].min() >= 1.0


def test_irregular_frames_and_points_sit_at_their_time() -> None:
    times = torch.tensor([0.0, 0.0333667, 0.5, 0.51, -0.02])
    scaled = visual_positions(times_sec=times, kind="scaled", latent_rate=LATENT_RATE)
    assert scaled.tolist() == pytest.approx([0.0, 1.668335, 25.0, 25.5, -1.0], abs=1e-5)


def test_schemes_are_the_rows_of_table_1() -> None:
    assert {name: (s.audio, s.visual_sin, s.visual_rope) for name, s in SCHEMES.items()} == TABLE_1


@pytest.mark.parametrize("name", TABLE_1)
def test_a_model_is_given_the_positions_of_its_row(name: str) -> None:
    config = TransformerConfig(width=16, heads=2, layers=1, feature_channels=4, scheme=name)
    times = frame_times(rate=10.0, frames=3).unsqueeze(0)
    given = picture_only(model=FoleyTransformer(config=config), features=torch.zeros(1, 3, 4), times_sec=times)
    values = {"none": [0.0, 0.0, 0.0], "index": [0.0, 1.0, 2.0], "scaled": [0.0, 5.0, 10.0]}
    _, sin, rope = TABLE_1[name]
    assert given.sin_positions[0].tolist() == pytest.approx(values[sin])
    assert given.rope_positions[0].tolist() == pytest.approx(values[rope])


def test_sinusoid_by_hand() -> None:
    # Width 4: frequencies 1 and 1 / 100, sines before cosines.
    value = sinusoid(torch.tensor([0.0, 1.0, 2.5]), width=4)
    expected = [
        [0.0, 0.0, 1.0, 1.0],
        [0.8414710, 0.0099998, 0.5403023, 0.9999500],
        [0.5984721, 0.0249974, -0.8011436, 0.9996875],
    ]
    assert torch.allclose(value, torch.tensor(expected), atol=1e-6)


def test_rotation_by_hand() -> None:
    assert rotary_frequencies(head_width=4).tolist() == pytest.approx([1.0, 0.01])
    x = torch.tensor([1.0, 0.0, 0.0, 2.0]).view(1, 1, 1, 4)  # pairs (1, 0) and (0, 2)
    turned = rotate(x, rotary_table(torch.tensor([[math.pi / 2]]), head_width=4)).flatten()
    small = math.pi / 200
    assert turned.tolist() == pytest.approx([0.0, -2 * math.sin(small), 1.0, 2 * math.cos(small)], abs=1e-6)


def test_rotated_scores_depend_on_the_distance_alone() -> None:
    torch.manual_seed(1)
    query, key = torch.randn(2, 1, 1, 1, 16, dtype=torch.float64)

    def score(at: float, of: float) -> float:
        tables = [rotary_table(torch.tensor([[p]], dtype=torch.float64), head_width=16) for p in (at, of)]
        return float((rotate(query, tables[0]) * rotate(key, tables[1])).sum())

    for distance in (0.0, 1.0, -3.5, 10 / 3, 120.25):
        scores = [score(start + distance, start) for start in (0.0, 7.0, 33.25, 481.5)]
        assert scores == pytest.approx([scores[0]] * 4, abs=1e-4)
    assert score(2.0, 0.0) != pytest.approx(score(0.0, 0.0), abs=1e-2)


def test_rotation_keeps_lengths_and_zero_is_the_identity() -> None:
    x = torch.randn(2, 3, 5, 8)
    turned = rotate(x, rotary_table(torch.rand(2, 5) * 400 - 3.3, head_width=8))
    assert torch.allclose(turned.norm(dim=-1), x.norm(dim=-1), atol=1e-5)
    assert torch.equal(rotate(x, rotary_table(torch.zeros(2, 5), head_width=8)), x)
