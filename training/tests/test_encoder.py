"""The motion encoder: shapes, how far it looks, and what its peaks are."""

import numpy as np
import torch

from training.config import VisualConfig
from training.dataset import as_seen
from training.encoder import MotionEncoder, encoder_loss, pick_peaks
from training.pictures import resampled
from training.stage.events import Event

CONFIG = VisualConfig(size=32, features=16, widths=(8, 16), dilations=(1, 2))


def test_shapes_and_ranges() -> None:
    output = MotionEncoder(config=CONFIG, materials=3).eval()(torch.rand(2, 9, 3, 32, 32))
    assert output["features"].shape == (2, 9, 16)
    assert output["impact"].shape == output["loudness"].shape == (2, 9, 2)
    assert output["material"].shape == (2, 9, 3)
    assert -40 <= float(output["loudness"].detach().min()) and float(output["loudness"].detach().max()) <= 0


def test_features_depend_on_the_stated_context_and_no_more() -> None:
    torch.manual_seed(0)
    model = MotionEncoder(config=CONFIG, materials=3).eval()
    frames = torch.rand(1, 41, 3, 32, 32, requires_grad=True)
    model.features(frames)[0, 20].sum().backward()
    touched = frames.grad.abs().sum((0, 2, 3, 4)).nonzero().flatten()
    assert 20 - CONFIG.context_frames <= int(touched.min())
    assert int(touched.max()) <= 20 + CONFIG.context_frames


def test_a_motion_is_the_same_wherever_it_is() -> None:
    """[Note: wherever it happens]: moved by one place, 8 pixels, in a picture so large that no side is near."""
    torch.manual_seed(0)
    model = MotionEncoder(config=VisualConfig(), materials=3).eval()
    frames = torch.full((1, 9, 3, 96, 96), 0.4)
    frames[..., 40:48, 40:48] = torch.rand(1, 9, 3, 8, 8)
    moved = frames.roll((8, 8), dims=(-2, -1))
    with torch.no_grad():
        there, still = model.features(moved), model.features(torch.full_like(frames, 0.4))
        assert torch.allclose(model.features(frames), there, atol=1e-5)
    assert not torch.allclose(there, still, atol=1e-2)


def test_the_loss_falls_where_the_output_nears_the_target() -> None:
    target = torch.zeros(1, 4, 2)
    target[0, 2, 1] = 1.0
    given = {"loudness": torch.full((1, 4, 2), -10.0), "material": torch.full((1, 4), -1)}
    losses = []
    for logit in (0.0, 3.0):
        impact = torch.where(target > 0.5, logit, -logit)
        output = {"impact": impact, "loudness": torch.full((1, 4, 2), -10.0), "material": torch.zeros(1, 4, 3)}
        losses.append(float(encoder_loss(output=output, impact=target, **given)))
    assert losses[1] < losses[0]


def sure_of(logit: float) -> MotionEncoder:
    """Every bin of every feature: this impact logit, and half of the range of loudness."""
    model = MotionEncoder(config=CONFIG, materials=3).eval()
    with torch.no_grad():
        for head in (model.impact, model.loudness):
            head.weight.zero_()
            head.bias.zero_()
        model.impact.bias.fill_(logit)
    return model


def test_doubt_lowers_the_expected_level_as_a_share_of_the_amplitude() -> None:
    features = torch.rand(1, 5, 16)
    assert torch.allclose(sure_of(9.0).expected_level(features), torch.tensor(-20.0), atol=0.01)
    assert torch.allclose(sure_of(0.0).expected_level(features), torch.tensor(-26.02), atol=0.01)
    assert torch.allclose(sure_of(-30.0).expected_level(features), torch.tensor(-80.0), atol=0.01)


def test_an_event_is_as_strong_as_it_looks_and_stays_as_it_was_outside_of_the_picture() -> None:
    events = [Event(time_sec=time, kind="hit", material="wood", strength=0.9) for time in (-0.4, 0.1, 0.5)]
    features = torch.rand(15, 16)
    strengths = lambda logit: [
        event.strength for event in as_seen(events=events, encoder=sure_of(logit), features=features)
    ]
    assert np.allclose(strengths(9.0), [0.9, 0.25, 0.25], atol=0.001)  # -20 dBFS: 18 of 24 dB below the loudest
    assert np.allclose(strengths(-9.0), [0.9, 0.05, 0.05])


def test_an_event_looks_as_strong_as_the_best_place_near_it() -> None:
    model = sure_of(0.0)
    with torch.no_grad():
        model.impact.weight[:, 0] = 40.0
    features = torch.zeros(25, 16)
    features[12, 0] = 1.0  # from 0.48 to 0.52 s
    events = [Event(time_sec=time, kind="hit", material="wood", strength=0.9) for time in (0.44, 0.56, 0.7)]
    seen = [event.strength for event in as_seen(events=events, encoder=model, features=features)]
    assert np.allclose(seen[:2], 0.25, atol=0.001)
    assert seen[2] < 0.05 + 1e-6


def test_peaks_are_refined_within_their_bin_and_kept_apart() -> None:
    curve = torch.zeros(50, 2)
    flat = curve.view(-1)
    flat[20:23] = torch.tensor([0.4, 0.9, 0.6])
    flat[24] = 0.7  # 60 ms later: the same impact
    times, values = pick_peaks(curve, rate=25.0, threshold=0.3)
    assert len(times) == 1
    assert abs(times[0] - 21.5 / 50) < 0.5 / 50 and times[0] > 21.5 / 50
    assert values == [flat[21].item()]


def test_a_real_clip_at_another_speed_is_neither_late_nor_early() -> None:
    """The bias of a resampled film must vanish: a mean lag of half a frame would teach hits 20 ms early."""
    for speed in (0.8123, 0.9377, 1.1719, 1.2345):
        index = resampled(count=4000, speed=speed, first=7.3, last=10**6)
        assert abs((index - (7.3 + np.arange(4000) * speed)).mean()) < 0.01
    assert resampled(count=5, speed=1.0, first=3.0, last=6).tolist() == [3, 4, 5, 6, 6]
