"""The transformer: every row of Table 1 builds, masks and absent conditions leave no trace, rotation is relative."""

import math
from dataclasses import replace

import pytest
import torch

from training.config import TransformerConfig
from training.positions import SCHEMES, rotary_table, rotate
from training.transformer import Attention, FoleyTransformer, RmsNorm

CONFIG = TransformerConfig(width=32, heads=2, layers=2, feature_channels=6, latent_channels=8, materials=3)
BATCH, TOKENS, FRAMES, POINTS = 2, 7, 5, 3


def build(scheme: str = "sape_rope", **changes: object) -> FoleyTransformer:
    """A model in which nothing is zero: what starts at zero would hide a mistake."""
    torch.manual_seed(5)
    model = FoleyTransformer(config=replace(CONFIG, scheme=scheme, **changes)).eval().requires_grad_(False)
    torch.nn.init.normal_(model.velocity.outlet.weight, std=0.3)
    for block in model.velocity.blocks:
        if block.modulation is not None:
            torch.nn.init.normal_(block.modulation.weight, std=0.1)
    return model


def inputs(**changes: torch.Tensor) -> dict[str, torch.Tensor]:
    """The conditioner's inputs in its order: two points and one row of padding, mode hints, a material."""
    generator = torch.Generator().manual_seed(8)
    given = {
        "features": torch.randn(BATCH, FRAMES, 6, generator=generator),
        "sin_positions": torch.arange(FRAMES).float().expand(BATCH, -1),
        "rope_positions": torch.arange(FRAMES).float().mul(2.0).expand(BATCH, -1),
        "sync_positions": torch.tensor([[1.5, 4.25, 0.0]]).expand(BATCH, -1),
        "sync_loudness": torch.tensor([[-3.0, -20.0, -12.0]]).expand(BATCH, -1),
        "sync_mask": torch.tensor([[1.0, 1.0, 0.0]]).expand(BATCH, -1),
        "sync_mode": torch.full((BATCH,), 1),
        "material": torch.full((BATCH,), 2),
        "present": torch.ones(BATCH),
    }
    return {**given, **changes}


def velocity(
    model: FoleyTransformer, *, given: dict[str, torch.Tensor] | None = None, time: float = 0.4, shift: float = 0.0,
    known: torch.Tensor | None = None, known_mask: torch.Tensor | None = None,
) -> torch.Tensor:  # fmt: skip
    """`[B, N, C]` at fixed noise; `shift` moves the audio tokens' positions."""
    generator = torch.Generator().manual_seed(9)
    latents = torch.randn(BATCH, TOKENS, 8, generator=generator)
    context = model.conditioner(*(given or inputs()).values())
    positions = torch.arange(TOKENS).float().expand(BATCH, -1) + shift
    known = torch.zeros_like(latents) if known is None else known
    mask = torch.zeros(BATCH, TOKENS) if known_mask is None else known_mask
    return model.velocity(latents, torch.full((BATCH,), time), known, mask, positions, *context)


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


@pytest.mark.parametrize("modulation", [True, False])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_row_of_table_1_builds_with_the_stated_shapes(scheme: str, modulation: bool) -> None:
    model = build(scheme, time_modulation=modulation)
    context, positions, mask, condition = model.conditioner(*inputs().values())
    assert context.shape == (BATCH, FRAMES + POINTS, 32)
    assert positions.tolist()[0] == [0, 2, 4, 6, 8, 1.5, 4.25, 0]
    assert mask.tolist()[0] == [1, 1, 1, 1, 1, 1, 1, 0]
    assert condition.shape == (BATCH, 32)
    result = velocity(model)
    assert result.shape == (BATCH, TOKENS, 8)
    assert torch.isfinite(result).all()
    assert difference(result, velocity(model, time=0.8)) > 1e-3


def test_the_velocity_starts_at_zero() -> None:
    assert not velocity(FoleyTransformer(config=CONFIG)).any()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_row_reads_exactly_its_own_positions(scheme: str) -> None:
    model, rule = build(scheme), SCHEMES[scheme]
    plain = velocity(model)
    moved = {
        "sin_positions": difference(
            plain, velocity(model, given=inputs(sin_positions=inputs()["sin_positions"] + 2.5))
        ),
        "rope_positions": difference(
            plain, velocity(model, given=inputs(rope_positions=inputs()["rope_positions"] + 2.5))
        ),
    }
    assert (moved["sin_positions"] > 1e-4) == (rule.visual_sin != "none")
    assert (moved["rope_positions"] > 1e-4) == (rule.visual_rope != "none")
    # The audio side: a sinusoid is absolute; a rotation is seen by the cross-attention only where the keys turn too.
    assert (difference(plain, velocity(model, shift=2.5)) > 1e-4) == (rule.audio == "sin" or rule.visual_rope != "none")


def test_only_distances_matter_when_everything_rotates() -> None:
    model = build("sape_rope")
    plain = velocity(model)
    later = inputs(rope_positions=inputs()["rope_positions"] + 31.25, sync_positions=inputs()["sync_positions"] + 31.25)
    assert difference(plain, velocity(model, given=later, shift=31.25)) < 1e-4
    assert difference(plain, velocity(model, given=later)) > 1e-3


def test_queries_turn_only_where_keys_do() -> None:
    torch.manual_seed(0)
    attention = Attention(width=16, heads=2).requires_grad_(False)
    x, context = torch.randn(1, 4, 16), torch.randn(1, 6, 16)
    turned = rotary_table(torch.tensor([[3.0, 7.0, 20.0, 41.0]]), head_width=8)
    still = rotary_table(torch.zeros(1, 6), head_width=8)
    plain = attention(x, context)
    assert torch.equal(attention(x, context, x_table=turned), plain)
    assert difference(attention(x, context, x_table=turned, context_table=still), plain) > 1e-4


@pytest.mark.parametrize("scheme", ["sape_rope", "sape_sin_sin"])
def test_a_masked_point_changes_nothing_and_a_real_one_does(scheme: str) -> None:
    model = build(scheme)
    plain = velocity(model)

    def moved(column: int) -> torch.Tensor:
        positions, loudness = inputs()["sync_positions"].clone(), inputs()["sync_loudness"].clone()
        positions[:, column] += 11.0
        loudness[:, column] -= 9.0
        return velocity(model, given=inputs(sync_positions=positions, sync_loudness=loudness))

    assert torch.equal(moved(2), plain)
    assert difference(moved(0), plain) > 1e-4
    without = {key: inputs()[key][:, :2] for key in ("sync_positions", "sync_loudness", "sync_mask")}
    assert difference(velocity(model, given=inputs(**without)), plain) < 1e-5  # nor does the amount of padding


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_of_the_conditions_is_left_when_they_are_absent(scheme: str) -> None:
    model = build(scheme)
    absent = torch.zeros(BATCH)
    plain = velocity(model, given=inputs(present=absent))
    others = {
        "features": torch.randn(BATCH, FRAMES, 6) * 5,
        "sync_positions": torch.tensor([[9.0, 0.5, 3.0]]).expand(BATCH, -1),
        "sync_loudness": torch.full((BATCH, POINTS), -40.0),
        "sync_mask": torch.tensor([[0.0, 1.0, 1.0]]).expand(BATCH, -1),
        "sync_mode": torch.full((BATCH,), 2),
        "material": torch.full((BATCH,), 3),
    }
    for name, value in others.items():
        assert torch.equal(velocity(model, given=inputs(present=absent, **{name: value})), plain), name
        if name != "sync_mask":
            assert difference(velocity(model, given=inputs(**{name: value})), velocity(model)) > 1e-4, name
    assert difference(plain, velocity(model)) > 1e-4


def test_absent_features_are_zero_vectors_before_the_projection() -> None:
    model = build()
    model.conditioner.feature_mean.fill_(0.7)
    model.conditioner.feature_std.fill_(3.0)
    context, *_ = model.conditioner(*inputs(present=torch.zeros(BATCH)).values())
    expected = model.conditioner.project.bias + model.conditioner.kind[0]
    assert torch.allclose(context[:, :FRAMES], expected.expand(BATCH, FRAMES, -1), atol=1e-6)
    # and at the mean of the training data a present picture is the same: nothing to see.
    at_mean = inputs(features=torch.full((BATCH, FRAMES, 6), 0.7))
    assert torch.allclose(model.conditioner(*at_mean.values())[0][:, :FRAMES], context[:, :FRAMES], atol=1e-6)


def test_clips_of_a_batch_do_not_meet() -> None:
    model = build()
    plain = velocity(model)
    features = inputs()["features"].clone()
    features[1] += 3.0
    changed = velocity(model, given=inputs(features=features, present=torch.tensor([1.0, 0.0])))
    assert torch.allclose(changed[0], plain[0], atol=1e-5)
    assert difference(changed[1], plain[1]) > 1e-4


def test_known_latents_are_read_where_the_mask_says_and_nowhere_else() -> None:
    model = build()
    known, mask = torch.randn(BATCH, TOKENS, 8), torch.zeros(BATCH, TOKENS)
    mask[:, :3] = 1.0
    plain = velocity(model, known=known, known_mask=mask)
    hidden, shown = known.clone(), known.clone()
    hidden[:, 3:] += 5.0
    shown[:, 1] += 5.0
    assert torch.equal(velocity(model, known=hidden, known_mask=mask), plain)
    assert difference(velocity(model, known=shown, known_mask=mask)[:, 3:], plain[:, 3:]) > 1e-4
    # zeros that are known are not the same as nothing known
    zeros = torch.zeros_like(known)
    assert difference(velocity(model, known=zeros, known_mask=mask), velocity(model, known=zeros)) > 1e-4


@pytest.mark.parametrize("heads", [4, 8])
def test_diagonal_start_puts_each_head_at_its_offset(heads: int) -> None:
    head_width, reach, middle = 64, 4.0, 40.0
    attention = Attention(width=heads * head_width, heads=heads)
    attention.start_on_the_diagonal(reach=reach)
    grid = torch.arange(0, 80, 0.25).unsqueeze(0)
    tables = [rotary_table(p, head_width=head_width) for p in (torch.tensor([[middle]]), grid)]
    split = lambda bias: bias.detach().view(1, heads, 1, head_width)
    query = rotate(split(attention.query.bias), tables[0])
    key = rotate(split(attention.key.bias).expand(-1, -1, grid.shape[1], -1), tables[1])
    weight = (query @ key.transpose(-1, -2) * head_width**-0.5).softmax(-1)[0, :, 0]
    offsets = torch.linspace(-reach, reach, heads)
    peaks = grid[0, weight.argmax(-1)] - middle
    assert torch.allclose(peaks, offsets, atol=0.13)
    assert (weight.max(-1).values > 4 / grid.shape[1]).all()  # and looks there, not everywhere


def test_only_scaled_rotation_starts_on_the_diagonal() -> None:
    def bias(**changes: object) -> float:
        model = FoleyTransformer(config=replace(CONFIG, **changes))
        return float(model.velocity.blocks[0].cross_attention.query.bias.detach().abs().sum())

    assert bias() > 0
    assert bias(aligned_start=False) == 0
    assert bias(scheme="rope_rope") == 0  # an index is no time: there is no diagonal to start on


def test_norm_is_the_root_mean_square() -> None:
    x = torch.tensor([[3.0, 4.0]])
    assert torch.allclose(RmsNorm(2)(x), x / math.sqrt(12.5), atol=1e-5)
