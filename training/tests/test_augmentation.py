"""What augmentation may change, and what it must leave alone: the time of everything."""

import numpy as np
import pytest
import torch

from training.augmentation import beside, blend_still, cover, disturb, grain, mix_channels, recolour, soften


def a_clip(*, frames: int = 8, size: int = 16) -> torch.Tensor:
    """Half a second of a still grey picture in which a square lights up in frame 4."""
    clip = torch.full((frames, 3, size, size), 0.3)
    clip[4:, :, 6:10, 6:10] = 0.9
    return clip


def changes(clip: torch.Tensor) -> list[int]:
    """Frames that differ from the one before by more than grain."""
    difference = (clip[1:] - clip[:-1]).abs().amax((1, 2, 3))
    return [index + 1 for index, value in enumerate(difference.tolist()) if value > 0.12]


def test_whatever_is_drawn_the_square_lights_up_in_the_same_frame_or_is_hidden() -> None:
    still = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(0)
    seen = [changes(disturb(a_clip(), still=still, random=np.random.default_rng(seed))) for seed in range(60)]
    assert all(found in ([4], []) for found in seen)
    assert sum(found == [4] for found in seen) > 40


@pytest.mark.parametrize("seed", range(5))
def test_each_part_keeps_shape_and_range(seed: int) -> None:
    random, still = np.random.default_rng(seed), torch.rand(3, 16, 16)
    for changed in (
        mix_channels(a_clip(), random=random),
        blend_still(a_clip(), still=still, random=random),
        cover(a_clip(), still=still, random=random),
        soften(a_clip(), random=random),
        grain(a_clip(), random=random),
        recolour(a_clip().unsqueeze(0))[0],
    ):
        assert changed.shape == (8, 3, 16, 16)
        assert changed.min() >= 0 and changed.max() <= 1


def test_mixed_channels_keep_white_white() -> None:
    for seed in range(10):
        white = mix_channels(torch.ones(1, 3, 2, 2), random=np.random.default_rng(seed))
        assert torch.allclose(white, torch.ones_like(white), atol=1e-5)


def test_a_cover_is_the_still_picture_in_every_frame_and_leaves_the_rest() -> None:
    still, clip = torch.rand(3, 16, 16), a_clip()
    covered = cover(clip, still=still, random=np.random.default_rng(3))
    is_still = (covered == still).all(1).all(0)
    assert 0 < is_still.float().mean() < 0.5
    assert torch.equal(covered[..., ~is_still], clip[..., ~is_still])


def test_of_two_clips_beside_each_other_both_are_seen_and_nothing_else() -> None:
    first, second = torch.zeros(4, 3, 16, 16), torch.ones(4, 3, 16, 16)
    for seed in range(20):
        joined = beside(first, second, random=np.random.default_rng(seed))
        assert joined.shape == first.shape and set(joined.unique().tolist()) == {0.0, 1.0}
        assert 0.3 < joined.mean() < 0.7
        assert torch.equal(joined, joined[:1].expand_as(joined))
    assert not first.any()
