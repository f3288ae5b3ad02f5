"""A student takes in one step what its guided teacher takes in several, on its own paths."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training import distil
from training.config import GUIDANCE_RESCALE, TIME_SHIFT, FlowConfig, TransformerConfig
from training.distil import Grid, Paths, begin, student_of, student_velocity, teacher_velocity
from training.export import velocity_graph
from training.flow import Conditions, guided_velocity, picture_only, sample, with_and_without
from training.onnx_graph import describe, export_graph
from training.positions import audio_positions
from training.restore import restore_graph
from training.transformer import SYNC_MODES, FoleyTransformer
from training.weights import round_weights

BATCH, TOKENS, CHANNELS = 4, 6, 5
CONFIG = TransformerConfig(width=32, heads=2, layers=1, feature_channels=4, latent_channels=CHANNELS)


def model_of(config: TransformerConfig = CONFIG) -> FoleyTransformer:
    """At random weights; none is zero, and no two are alike."""
    torch.manual_seed(3)
    model = FoleyTransformer(config=config).eval().requires_grad_(False)
    for weight in model.velocity.parameters():
        weight.add_(0.1 * torch.randn_like(weight))
    return model


def paths_of(model: FoleyTransformer, grid: Grid, *, known: float = 0.0) -> Paths:
    torch.manual_seed(5)
    times = (torch.arange(3) / 25).expand(BATCH, -1)
    seen = picture_only(model=model, features=torch.randn(BATCH, 3, 4), times_sec=times)
    latents = torch.randn(BATCH, 40, CHANNELS)
    config = replace(FlowConfig(), known_context=known)
    return begin(latents=latents, conditions=seen, config=config, grid=grid)


@pytest.mark.parametrize("parts", [1, 3])
def test_the_teacher_leads_where_its_own_steps_lead(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distil, "FROM_DATA", 0.0)
    teacher, grid = model_of(), Grid(2, parts, 1.0)
    paths = paths_of(teacher, grid)
    paths.scale[:] = 8.0
    for _ in range(grid.steps):
        ended = paths.advance(teacher_velocity(teacher=teacher, paths=paths))
    assert ended.all()
    fine = {"steps": grid.steps * parts, "shift": TIME_SHIFT, "guidance": 8.0, "rescale": GUIDANCE_RESCALE}
    made = sample(model=teacher, conditions=paths.conditions, noise=paths.noise, **fine)
    assert torch.allclose(paths.x, made, atol=1e-4)


def test_a_student_is_sampled_step_by_step_without_a_second_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    student = model_of(replace(CONFIG, distilled=True))
    seen = paths_of(student, Grid(8, 1, 1.0)).conditions
    asked: list[tuple[torch.Tensor, ...]] = []
    plain = student.velocity.forward
    monkeypatch.setattr(student.velocity, "forward", lambda *given: asked.append(given) or plain(*given))
    noise = torch.randn(BATCH, 40, CHANNELS)
    made = sample(model=student, conditions=seen, noise=noise, steps=2, guidance=6, shift=3.0)
    assert made.shape == noise.shape
    assert [len(given[0]) for given in asked] == [BATCH, BATCH]
    times, scales, ends = ([given[at][0].item() for given in asked] for at in (1, -2, -1))
    assert (times, scales, ends) == ([0.0, 0.25], [6.0, 6.0], [0.25, 1.0])


def test_pinned_points_are_taught_with_less_guidance() -> None:
    teacher = model_of()
    paths = paths_of(teacher, Grid(8, 1, 1.0))
    paths.conditions.sync_mode[1] = SYNC_MODES.index("only")
    only = paths.conditions.sync_mode == SYNC_MODES.index("only")
    now, _ = paths.instants()
    expected = guided_velocity(
        model=teacher,
        x=paths.x,
        time=now,
        context=with_and_without(teacher, paths.conditions),
        known=paths.known,
        known_mask=paths.known_mask,
        scale=torch.where(only, 0.5, 1.0) * paths.scale,
        rescale=torch.where(only, 0.0, 0.4),
    )
    assert torch.allclose(teacher_velocity(teacher=teacher, paths=paths), expected, atol=1e-4)


def test_known_tokens_go_along_the_straight_path_to_the_last_bit() -> None:
    teacher = model_of()
    paths = paths_of(teacher, Grid(4, 2, 1.0), known=1.0)
    is_known = paths.known_mask > 0.5
    assert is_known.any() and not is_known.all()
    straight = (paths.known - paths.noise)[is_known]
    assert torch.allclose(teacher_velocity(teacher=teacher, paths=paths)[is_known], straight, atol=1e-4)
    end = torch.ones(BATCH)
    assert torch.equal(paths.placed(paths.x, end)[is_known], paths.known[is_known])


def test_a_student_begins_as_its_teacher_without_guidance() -> None:
    teacher = model_of()
    student = student_of(teacher).eval()
    paths = paths_of(teacher, Grid(8, 3, 1.0))
    now, _ = paths.instants()
    context = teacher.conditioner(*paths.conditions.tensors())
    places = audio_positions(tokens=40).expand(BATCH, -1)
    alone = teacher.velocity(paths.x, now, paths.known, paths.known_mask, places, *context)
    assert torch.allclose(student_velocity(student=student, paths=paths), alone, atol=1e-5)


@pytest.mark.parametrize(("parts", "asked_for_step"), [(2, True), (1, False)])
def test_a_student_is_asked_for_the_step_or_for_the_velocity_itself(parts: int, asked_for_step: bool) -> None:
    student, grid = model_of(replace(CONFIG, distilled=True)), Grid(8, parts, 1.0)
    paths = paths_of(student, grid)
    now, until = paths.instants()
    context = student.conditioner(*paths.conditions.tensors())
    places = audio_positions(tokens=40).expand(BATCH, -1)
    given = (paths.x, now, paths.known, paths.known_mask, places, *context, paths.scale)
    step, instant = student.velocity(*given, until), student.velocity(*given, now)
    assert not torch.allclose(step, instant, atol=1e-3)
    assert torch.allclose(
        student_velocity(student=student, paths=paths), step if asked_for_step else instant, atol=1e-5
    )


def test_every_material_is_asked_for_as_often() -> None:
    torch.manual_seed(1)
    drawn = distil.draw_materials(batch=6_000, materials=3)
    shares = torch.bincount(drawn, minlength=4) / len(drawn)
    assert shares.tolist() == pytest.approx([0.4, 0.2, 0.2, 0.2], abs=0.02)


def test_paths_begin_again_one_by_one() -> None:
    teacher = model_of()
    paths, others = paths_of(teacher, Grid(4, 1, 1.0)), paths_of(teacher, Grid(4, 1, 1.0))
    parts = ("noise", "known", "known_mask", "scale", "x", "step")
    for name in parts:
        setattr(others, name, getattr(others, name) + 1)
    others.conditions = Conditions(*(value + 1 for value in others.conditions.tensors()))
    before = [getattr(paths, name) for name in parts] + list(paths.conditions.tensors())
    rows = torch.tensor([False, True, False, True])
    paths.begin_again(rows, others)
    after = [getattr(paths, name) for name in parts] + list(paths.conditions.tensors())
    for old, new in zip(before, after, strict=True):
        assert torch.equal(new[rows], old[rows] + 1) and torch.equal(new[~rows], old[~rows])


def test_a_student_learns_where_its_teacher_leads() -> None:
    teacher, grid = model_of(), Grid(4, 2, 1.0)
    student = student_of(teacher).train()
    optimiser = torch.optim.Adam(student.parameters(), lr=3e-3)
    losses = []
    for _ in range(60):
        paths = paths_of(teacher, grid)
        loss = (
            (student_velocity(student=student, paths=paths) - teacher_velocity(teacher=teacher, paths=paths))
            .square()
            .mean()
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]


def test_a_distilled_graph_takes_its_two_inputs_and_comes_back_from_its_file(tmp_path: Path) -> None:
    written, read = (model_of(replace(CONFIG, distilled=True)) for _ in range(2))
    for weight in read.velocity.parameters():
        torch.nn.init.zeros_(weight)
    path = tmp_path / "velocity.onnx"
    assert export_graph(velocity_graph(written), path) < 1e-3
    assert [entry["name"] for entry in describe(path)["inputs"]][-2:] == ["guidance", "until"]
    assert {tuple(entry["axes"]) for entry in describe(path)["inputs"][-2:]} == {("B",)}
    assert restore_graph(velocity_graph(read), path) == []
    round_weights(written)
    for key, value in written.velocity.state_dict().items():
        assert torch.equal(read.velocity.state_dict()[key], value), key
