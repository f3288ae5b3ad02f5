"""The flow's target, path, sampler, guidance and known latents, with models whose velocity is known."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from training import flow
from training.config import FlowConfig, TransformerConfig
from training.flow import Conditions, draw_known, draw_time, flow_loss, picture_only, sample
from training.positions import SCHEMES
from training.transformer import UNBOUNDED, FoleyTransformer

BATCH, TOKENS, CHANNELS = 3, 6, 5


class Stub(nn.Module):
    """A conditioner that passes `present` on, and a velocity given by a function; it keeps what it was asked."""

    def __init__(self, velocity) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.rule, self.asked = velocity, []
        self.conditioner = Passing()
        self.config = TransformerConfig()
        self.low, self.high = torch.tensor(-UNBOUNDED), torch.tensor(UNBOUNDED)

    def velocity(self, latents, time, known, known_mask, positions, *context):  # type: ignore[no-untyped-def]
        self.asked.append(
            {"latents": latents, "time": time, "known": known, "mask": known_mask, "positions": positions}
        )
        return self.rule(latents, time, context[3])


class Passing(nn.Module):
    scheme = SCHEMES["sape_rope"]

    def forward(self, features, sin, rope, points, loudness, mask, mode, material, present):  # type: ignore[no-untyped-def]
        return features, rope, torch.ones_like(rope), present


def conditions(batch: int = BATCH) -> Conditions:
    return picture_only(model=Stub(None), features=torch.zeros(batch, 2, 4), times_sec=torch.zeros(batch, 2))


def test_loss_is_zero_exactly_at_data_minus_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    data, noise = torch.randn(2, BATCH, TOKENS, CHANNELS)
    monkeypatch.setattr(flow.torch, "randn_like", lambda _: noise)
    nothing = torch.zeros(BATCH, TOKENS)
    arguments = {"latents": data, "conditions": conditions(), "known_mask": nothing, "config": FlowConfig()}
    assert flow_loss(model=Stub(lambda x, t, p: data - noise), **arguments) == 0.0
    assert flow_loss(model=Stub(lambda x, t, p: noise - data), **arguments) > 1.0
    off_by_one = flow_loss(model=Stub(lambda x, t, p: data - noise + 1.0), **arguments)
    assert off_by_one == pytest.approx(1.0, abs=1e-5)


def test_model_sees_the_straight_path_from_noise_to_data(monkeypatch: pytest.MonkeyPatch) -> None:
    data, noise = torch.full((BATCH, TOKENS, CHANNELS), 10.0), torch.full((BATCH, TOKENS, CHANNELS), -2.0)
    monkeypatch.setattr(flow.torch, "randn_like", lambda _: noise)
    monkeypatch.setattr(flow, "draw_time", lambda **_: torch.tensor([0.0, 0.25, 1.0]))
    model = Stub(lambda x, t, p: x)
    flow_loss(
        model=model, latents=data, conditions=conditions(), known_mask=torch.zeros(BATCH, TOKENS), config=FlowConfig()
    )
    seen = model.asked[0]
    assert seen["latents"][:, 0, 0].tolist() == [-2.0, 1.0, 10.0]  # noise at t = 0, data at t = 1
    assert seen["positions"].tolist() == [[0, 1, 2, 3, 4, 5]] * BATCH


def test_known_tokens_are_not_in_the_loss() -> None:
    data = torch.randn(BATCH, TOKENS, CHANNELS)
    mask = torch.zeros(BATCH, TOKENS)
    mask[:, :4] = 1.0

    def right_where_unknown(x: torch.Tensor, t: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
        at = t.view(-1, 1, 1)
        exact = (data - x) / (1 - at)  # data - noise, solved from x = (1 - t) noise + t data
        return torch.where(mask.unsqueeze(-1) > 0, torch.full_like(x, 99.0), exact)

    arguments = {"latents": data, "conditions": conditions(), "config": FlowConfig(logit_normal_time=True)}
    assert flow_loss(model=Stub(right_where_unknown), known_mask=mask, **arguments) < 1e-4
    assert flow_loss(model=Stub(right_where_unknown), known_mask=torch.zeros_like(mask), **arguments) > 100.0


@pytest.mark.parametrize("steps", [1, 4])
def test_euler_along_the_exact_velocity_arrives_at_the_data(steps: int) -> None:
    data, noise = torch.randn(2, BATCH, TOKENS, CHANNELS)
    model = Stub(lambda x, t, p: (data - noise).repeat(2, 1, 1))
    made = sample(model=model, conditions=conditions(), noise=noise, steps=steps, guidance=4.0)
    assert torch.allclose(made, data, atol=1e-5)
    assert [float(call["time"][0]) for call in model.asked] == [step / steps for step in range(steps)]


@pytest.mark.parametrize("guidance", [0.0, 1.0, 4.0])
def test_guidance_combines_the_branches(guidance: float) -> None:
    noise = torch.zeros(BATCH, TOKENS, CHANNELS)
    # 3 with the conditions, 1 without: v = 1 + g (3 - 1).
    model = Stub(lambda x, t, present: torch.ones_like(x) * (1.0 + 2.0 * present.view(-1, 1, 1)))
    made = sample(model=model, conditions=conditions(), noise=noise, steps=2, guidance=guidance)
    assert torch.allclose(made, torch.full_like(made, 1.0 + 2.0 * guidance))
    assert len(model.asked) == 2  # both branches in one batch
    assert model.asked[0]["latents"].shape[0] == 2 * BATCH


@pytest.mark.parametrize(("rescale", "reached"), [(0.0, 9.0), (0.5, 6.0), (1.0, 3.0)])
def test_rescaled_guidance_keeps_the_norm_of_the_conditional_estimate(rescale: float, reached: float) -> None:
    # As above: 3 with the conditions, 9 with guidance 4.
    model = Stub(lambda x, t, present: torch.ones_like(x) * (1.0 + 2.0 * present.view(-1, 1, 1)))
    noise = torch.zeros(BATCH, TOKENS, CHANNELS)
    made = sample(model=model, conditions=conditions(), noise=noise, steps=2, guidance=4.0, rescale=rescale)
    assert torch.allclose(made, torch.full_like(made, reached), atol=1e-5)


def test_guidance_stays_within_the_bounds_of_each_channel() -> None:
    model = Stub(lambda x, t, present: torch.ones_like(x) * (1.0 + 2.0 * present.view(-1, 1, 1)))
    model.high = torch.tensor([4.0, 20.0, 4.0, 20.0, 4.0])
    noise = torch.zeros(BATCH, TOKENS, CHANNELS)
    made = sample(model=model, conditions=conditions(), noise=noise, steps=2, guidance=4.0)
    assert torch.allclose(made[0, 0], torch.tensor([4.0, 9.0, 4.0, 9.0, 4.0]))
    plain = sample(model=model, conditions=conditions(), noise=noise + 8.0, steps=2, guidance=1.0)
    assert torch.allclose(plain, torch.full_like(plain, 11.0))  # without guidance nothing is held


def test_a_shift_takes_shorter_steps_near_the_noise() -> None:
    data, noise = torch.randn(2, BATCH, TOKENS, CHANNELS)
    model = Stub(lambda x, t, p: (data - noise).repeat(2, 1, 1))
    made = sample(model=model, conditions=conditions(), noise=noise, steps=2, guidance=4.0, shift=3.0)
    assert torch.allclose(made, data, atol=1e-5)
    assert [float(call["time"][0]) for call in model.asked] == pytest.approx([0.0, 0.25])


def test_known_latents_come_back_exactly_and_stay_on_their_path() -> None:
    noise, known = torch.randn(2, BATCH, TOKENS, CHANNELS)
    mask = torch.zeros(BATCH, TOKENS)
    mask[:, :2] = 1.0
    model = Stub(lambda x, t, p: torch.full_like(x, 7.0))
    made = sample(
        model=model, conditions=conditions(), noise=noise, steps=4, guidance=4.0, known=known, known_mask=mask
    )
    assert torch.equal(made[:, :2], known[:, :2])
    assert torch.allclose(made[:, 2:], noise[:, 2:] + 7.0, atol=1e-5)
    halfway = model.asked[2]  # t = 1/2
    assert torch.allclose(halfway["latents"][:BATCH, :2], 0.5 * (noise + known)[:, :2], atol=1e-6)
    assert torch.equal(halfway["mask"], mask.repeat(2, 1))


def test_known_masks_are_a_beginning_or_all_but_a_region() -> None:
    torch.manual_seed(4)
    tokens = 100
    masks = draw_known(batch=600, tokens=tokens, probability=0.3)
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    given = masks[masks.sum(1) > 0]
    assert len(given) / 600 == pytest.approx(0.3, abs=0.06)
    beginnings = 0
    for row in given:
        unknown = (row == 0).nonzero().flatten()
        first, last = int(unknown[0]), int(unknown[-1])
        assert len(unknown) == last - first + 1  # one piece
        if len(unknown) > tokens // 2:  # a window that goes on
            beginnings += 1
            assert last == tokens - 1
            assert first >= 10
        else:
            assert len(unknown) >= tokens // 10
    assert 0.3 < beginnings / len(given) < 0.7
    assert not draw_known(batch=50, tokens=tokens, probability=0.0).any()
    assert (draw_known(batch=50, tokens=tokens, probability=1.0).sum(1) > 0).all()


def test_times_are_drawn_as_configured() -> None:
    torch.manual_seed(0)
    cpu = torch.device("cpu")
    uniform = draw_time(batch=4_000, config=FlowConfig(logit_normal_time=False), device=cpu)
    logit = draw_time(batch=4_000, config=FlowConfig(logit_normal_time=True), device=cpu)
    for drawn in (uniform, logit):
        assert ((drawn > 0) & (drawn < 1)).all()
        assert drawn.mean() == pytest.approx(0.5, abs=0.02)
    assert (uniform < 0.1).float().mean() == pytest.approx(0.1, abs=0.02)
    assert (logit < 0.1).float().mean() == pytest.approx(0.014, abs=0.01)  # Phi(logit 0.1) = 0.014
    assert uniform.std() > 0.27
    assert logit.std() < 0.23


def test_a_real_model_learns_one_batch() -> None:
    torch.manual_seed(0)
    config = TransformerConfig(width=32, heads=2, layers=1, feature_channels=4, latent_channels=CHANNELS)
    model = FoleyTransformer(config=config)
    data = torch.randn(8, TOKENS, CHANNELS) * 0.1 + 3.0
    given = picture_only(model=model, features=torch.randn(8, 3, 4), times_sec=(torch.arange(3) / 25).expand(8, -1))
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(40):
        loss = flow_loss(
            model=model,
            latents=data,
            conditions=given,
            known_mask=torch.zeros(8, TOKENS),
            config=replace(FlowConfig(), batch=8),
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-5:]) < 0.4 * sum(losses[:5])
    made = sample(model=model, conditions=given, noise=torch.randn(8, TOKENS, CHANNELS), steps=8, guidance=1.0)
    assert made.mean() == pytest.approx(3.0, abs=0.5)
