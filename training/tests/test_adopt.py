"""A transformer with another encoder: what its conditioner projects stays, for a picture and for none."""

import pytest
import torch

from training.adopt import adopt, same_frames
from training.config import recipe
from training.flow import picture_only
from training.pairs import Picture
from training.stage.events import Event
from training.transformer import FoleyTransformer


def test_features_that_are_a_linear_map_of_the_old_ones_are_read_as_these() -> None:
    torch.manual_seed(0)
    model = FoleyTransformer(config=recipe("tiny").transformer).eval().requires_grad_(False)
    conditioner = model.conditioner
    conditioner.feature_mean += torch.randn(16)
    conditioner.feature_std *= 1.7
    before = torch.randn(400, 16) * 2 + 1
    after = before @ torch.randn(16, 24) + torch.randn(24)
    times = (torch.arange(20) / 25).unsqueeze(0)

    def contexts(features: torch.Tensor) -> list[torch.Tensor]:
        """With the picture and without."""
        shown = picture_only(model=model, features=features[:20].unsqueeze(0), times_sec=times)
        return [conditioner(*shown.with_present(present).tensors())[0] for present in (1.0, 0.0)]

    wanted = contexts(before)
    kept = adopt(conditioner, before=before, after=after)
    assert kept > 0.999
    for got, expected in zip(contexts(after), wanted, strict=True):
        assert torch.allclose(got, expected, atol=0.05)


def test_noise_keeps_nothing_and_other_pictures_are_refused() -> None:
    torch.manual_seed(0)
    model = FoleyTransformer(config=recipe("tiny").transformer).requires_grad_(False)
    assert adopt(model.conditioner, before=torch.randn(4000, 16), after=torch.randn(4000, 16)) < 0.1
    hit = lambda time: Event(time_sec=time, kind="hit", material="wood", strength=1.0)
    one, moved, other = (Picture("stage-0", torch.zeros(5, 16), [hit(time)], 0.2) for time in (0.1, 0.14, 0.16))
    assert len(same_frames([one], [moved])) == 2
    with pytest.raises(ValueError, match="the same --seed"):
        same_frames([one], [other])
