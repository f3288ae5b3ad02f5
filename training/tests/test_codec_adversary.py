"""The discriminators: they learn to tell, they say what to change, and what they say is weighed as asked."""

from __future__ import annotations

import pytest
import torch

from training.codec_adversary import (
    FFTS,
    Adversary,
    Balancer,
    deception_loss,
    discrimination_loss,
    matching_loss,
)


def test_only_the_resolutions_that_are_asked_judge_and_silence_is_judged_too() -> None:
    adversary = Adversary(width=4)
    judgement = adversary(torch.zeros(2, 4800), ffts={256, 1024})
    assert len(judgement) == 2 < len(FFTS)
    for scores, layers in judgement:
        assert scores.shape[0] == 2 and bool(scores.isfinite().all())
        assert all(bool(layer.isfinite().all()) for layer in layers)


def test_they_learn_to_tell_noise_from_what_is_smooth() -> None:
    torch.manual_seed(0)
    adversary = Adversary(width=8)
    optimiser = torch.optim.AdamW(adversary.parameters(), lr=2e-3)
    time = torch.arange(4800) / 48_000

    def both() -> tuple[torch.Tensor, torch.Tensor]:
        tones = torch.sin(2 * torch.pi * (2_000 + 6_000 * torch.rand(4, 1)) * time)
        return 0.1 * torch.randn(4, 4800), 0.14 * tones

    losses = []
    for _ in range(30):
        noise, tones = both()
        loss = discrimination_loss(adversary(noise, ffts={512}), adversary(tones, ffts={512}))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] > 1.7  # 2: undecided
    assert losses[-1] < 0.5
    noise, tones = both()
    assert deception_loss(adversary(noise, ffts={512})) < deception_loss(adversary(tones, ffts={512}))


def test_what_matches_has_no_distance_and_the_recording_is_not_asked_to_come_nearer() -> None:
    adversary = Adversary(width=4)
    recorded, decoded = (0.1 * torch.randn(2, 4800)).requires_grad_(), (0.1 * torch.randn(2, 4800)).requires_grad_()
    ffts = set(FFTS)
    assert matching_loss(adversary(recorded, ffts=ffts), adversary(recorded, ffts=ffts)) == 0
    matching_loss(adversary(recorded, ffts=ffts), adversary(decoded, ffts=ffts)).backward()
    assert recorded.grad is None or not recorded.grad.any()
    assert decoded.grad is not None and decoded.grad.any()


def test_gradients_are_scaled_to_shares_of_the_first() -> None:
    output = torch.tensor([1.0, 0.0], requires_grad=True)
    losses = {"first": (3 * output[0], 1.0), "other": (500 * output[1], 0.5)}
    gradient = Balancer().gradient(losses, output=output)
    assert gradient.tolist() == pytest.approx([3.0, 1.5])


def test_the_balance_follows_norms_slowly() -> None:
    output = torch.tensor([1.0, 0.0], requires_grad=True)
    balancer = Balancer(decay=0.9)
    balancer.gradient({"first": (output[0], 1.0), "other": (output[1], 1.0)}, output=output)
    gradient = balancer.gradient({"first": (output[0], 1.0), "other": (11 * output[1], 1.0)}, output=output)
    assert gradient.tolist() == pytest.approx([1.0, 5.5])  # the norm is taken for 2 by then
