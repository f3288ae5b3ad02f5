"""The stage: gaps as people hit, contacts at the instant of the event, misses that stop short, the newest frame."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.config import VisualConfig
from training.materials import MATERIALS
from training.stage import picture
from training.stage.backdrop import Textures
from training.stage.events import GAP_QUANTILES, KINDS, Event, SceneEvents, _gaps, draw_scene
from training.stage.motion import Located, lift, locate, pad
from training.stage.parts import flying_parts
from training.stage.picture import SUBSTEPS, StageRenderer
from training.stage.sound import render_sound

CPU = torch.device("cpu")


def renderer(*, seed: int = 0, rate: float = 25.0, size: int = 16) -> StageRenderer:
    return StageRenderer(
        config=VisualConfig(rate=rate, size=size), textures=Textures(device=CPU), seed=seed, device=CPU
    )


def scene_of(*times: float, actor: str = "stick", **changes: object) -> SceneEvents:
    events = [Event(**{"time_sec": t, "kind": "hit", "material": "wood", "strength": 0.8, **changes}) for t in times]
    return SceneEvents(actor=actor, events=tuple(events), materials=("wood", "metal", "stone"))


def test_a_folder_without_textures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    for folder in (tmp_path, tmp_path / "typo"):
        with pytest.raises(FileNotFoundError, match=f"no textures in {folder}: expected contact sheets"):
            Textures(folder=folder, device=CPU)
    Image.new("RGB", (160, 160), (120, 80, 40)).save(tmp_path / "Wood.png")
    (tile,) = Textures(folder=tmp_path, device=CPU).by_material["wood"]
    assert tile.shape == (3, 128, 128)


# Events


def test_gaps_follow_the_quantiles_of_the_labels() -> None:
    rng = np.random.default_rng(1)
    gaps = np.concatenate([_gaps(actor="stick", count=40, rng=rng) for _ in range(600)])
    table = dict(GAP_QUANTILES)
    for level in (0.25, 0.5, 0.75, 0.9):
        assert np.quantile(gaps, level) == pytest.approx(table[level], abs=0.07), level
    assert (gaps < 0.25).mean() == pytest.approx(0.15 * 0.4 + 0.01, abs=0.03)  # bursts, which the table hardly has
    assert gaps.min() >= 0.11


def test_a_player_is_steady_or_free() -> None:
    rng = np.random.default_rng(2)
    spread = np.array(
        [np.std(gaps) / np.mean(gaps) for gaps in (_gaps(actor="hand", count=40, rng=rng) for _ in range(300))]
    )
    assert (spread < 0.09).mean() == pytest.approx(0.5 * 0.85, abs=0.1)


def test_a_short_flight_ends_softly() -> None:
    for seed in range(20):
        events = draw_scene(duration_sec=6.0, rng=np.random.default_rng(seed), actor="ball").events
        gaps = np.diff([event.time_sec for event in events])
        strengths = [event.strength for event in events[1:]]
        assert np.all(np.diff(np.array(strengths)[np.argsort(gaps)]) >= -1e-9)


def test_balls_bounce_faster_and_feet_walk_evenly() -> None:
    rng = np.random.default_rng(3)
    ball = _gaps(actor="ball", count=400, rng=rng)
    assert (np.diff(ball) < 0).mean() > 0.6
    assert ball.min() >= 0.1
    for _ in range(20):
        steps = _gaps(actor="foot", count=30, rng=rng)
        assert steps.max() / steps.min() < 1.3
    drop = _gaps(actor="drop", count=300, rng=rng)
    assert (drop > 0.65).any()
    assert (drop < 0.3).any()


@pytest.mark.parametrize("actor", KINDS)
def test_scenes_run_past_both_ends_and_name_what_they_touch(actor: str) -> None:
    for seed in range(30):
        scene = draw_scene(duration_sec=4.0, rng=np.random.default_rng(seed), actor=actor)
        times = [event.time_sec for event in scene.events]
        assert times == sorted(times)
        assert times[0] < 4.0 < times[-1] < 7.0
        for event in scene.events:
            assert event.material == scene.materials[event.target]
            assert event.material in MATERIALS
            assert 0 < event.strength <= 1
            assert event.miss is False or actor in ("stick", "hand")
        ends = [event.time_sec + event.duration_sec for event in scene.events]
        assert all(
            end <= start for end, start in zip(ends, times[1:], strict=False)
        )  # a scratch ends before the next hit
        assert all((event.kind == "scratch") == (event.duration_sec > 0) for event in scene.events)


def test_scenes_repeat_by_seed_and_misses_are_some_swings_of_some() -> None:
    first, again = (draw_scene(duration_sec=5.0, rng=np.random.default_rng(9)) for _ in range(2))
    assert first == again
    assert first != draw_scene(duration_sec=5.0, rng=np.random.default_rng(10))
    scenes = [draw_scene(duration_sec=10.0, rng=np.random.default_rng(s), actor="stick") for s in range(200)]
    missing = [scene for scene in scenes if len(scene.sounding) < len(scene.events)]
    assert 0.25 < len(missing) / len(scenes) < 0.55
    shares = [1 - len(scene.sounding) / len(scene.events) for scene in missing]
    assert 0.12 < np.mean(shares) < 0.4


def test_misses_make_no_sound() -> None:
    drawn = (draw_scene(duration_sec=3.0, rng=np.random.default_rng(seed), actor="stick") for seed in range(99))
    scene = next(scene for scene in drawn if any(event.miss and 0 < event.time_sec < 3 for event in scene.events))
    heard = render_sound(scene.events, 3.0, np.random.default_rng(0)).sound
    assert np.array_equal(heard, render_sound(scene.sounding, 3.0, np.random.default_rng(0)).sound)
    nothing = scene_of(0.5, 1.0, miss=True)
    assert not render_sound(nothing.events, 2.0, np.random.default_rng(0)).sound.any()


# Motion


def height_of(scene: SceneEvents, instants: torch.Tensor) -> torch.Tensor:
    """Height above the surface `[S]` of a strike that falls for 0.2 s."""
    timeline = pad(scenes=[scene], device=CPU)
    located: Located = locate(timeline=timeline, instants=instants.unsqueeze(0))
    one = lambda value: torch.tensor([[value]])
    misses = timeline.miss.gather(1, located.following)
    return lift(located=located, misses=misses, rise=one(0.2), fall=one(0.2), dwell=one(0.0))[0]


def test_a_strike_lands_at_speed_at_the_event_and_a_miss_brakes() -> None:
    at = torch.tensor([0.8, 0.998, 0.9999, 1.0, 1.0001])
    hit, miss = (height_of(scene_of(0.0, 1.0, 2.0, miss=m), at) for m in (False, True))
    for height in (hit, miss):
        assert height[0] == pytest.approx(1.0)
        assert height[2] == pytest.approx(0.0, abs=2e-3)
        assert height[3] == pytest.approx(0.0, abs=1e-6)
    speed = lambda height: float((height[1] - height[3]) / 0.002)
    assert speed(hit) == pytest.approx(2 / 0.2, rel=0.02)  # derivative of 1 - (1 - t / fall)^2 at contact
    assert abs(speed(miss)) < 0.5


def test_padding_is_never_reached() -> None:
    timeline = pad(scenes=[scene_of(0.5), scene_of(0.1, 0.2, 0.3)], device=CPU)
    located = locate(timeline=timeline, instants=torch.tensor([[0.4, 0.6], [0.05, 5.0]]))
    assert located.until[0].tolist() == pytest.approx([0.1, 999.9 + 0.5], rel=0.01)
    assert located.since.tolist()[0] == pytest.approx([5.0, 0.1])
    assert located.since.tolist()[1] == pytest.approx([5.0, 4.7])


class Watched(StageRenderer):
    """Remembers the instants at which things were drawn, and the parts."""

    def _parts(self, *, actor, timeline, points, instants):  # type: ignore[no-untyped-def]
        self.instants, self.points = instants, points
        self.parts = super()._parts(actor=actor, timeline=timeline, points=points, instants=instants)
        return self.parts


def watched(
    *, scene: SceneEvents, frames: int, rates: tuple[float, ...], monkeypatch: pytest.MonkeyPatch, seed: int = 0
) -> Watched:
    monkeypatch.setattr(picture, "SOURCE_RATES", rates)
    result = Watched(config=VisualConfig(size=16), textures=Textures(device=CPU), seed=seed, device=CPU)
    result.render(scenes=[scene], frames=frames)
    return result


@pytest.mark.parametrize("actor", ["stick", "hand"])
@pytest.mark.parametrize("seed", range(4))
def test_the_tip_is_on_the_surface_at_each_event_and_above_it_else(actor: str, seed: int) -> None:
    stage = renderer(seed=seed)
    timeline = pad(scenes=[scene_of(0.5, 1.1, 1.7, actor=actor)], device=CPU)
    points = torch.zeros(1, timeline.time.shape[1], 2)
    around = torch.tensor([[0.5, 0.8, 1.1, 1.096, 1.4, 1.7]])
    located = locate(timeline=timeline, instants=around)
    tip, height = stage._swing(timeline=timeline, located=located, points=points, lean=torch.zeros(1, 1))
    assert height[0, [0, 2, 5]].tolist() == pytest.approx([0, 0, 0], abs=1e-5)
    assert tip[0, [0, 2, 5]].abs().max() < 1e-5
    assert (tip[0, [1, 4], 1] < -0.02).all()  # y points down
    assert tip[0, 3, 1] < -1e-4  # 4 ms before it is still above, so it is moving


def test_half_of_the_tools_are_seen_from_the_side_and_half_from_above() -> None:
    lean, arm = renderer()._view(4000)
    from_the_side = arm == 0
    assert 0.45 < from_the_side.float().mean() < 0.55
    assert lean[from_the_side].abs().max() <= 0.6
    assert (lean[~from_the_side].abs() > 0.6).float().mean() > 0.6
    assert (arm.abs() > 2).any()


@pytest.mark.parametrize("seed", range(4))
def test_a_harder_hit_comes_from_further_away_and_springs_back(seed: int) -> None:
    def reach(strength: float) -> tuple[float, float]:
        """Greatest distance from the surface before the second contact, and 35 ms after it."""
        stage = renderer(seed=seed)
        timeline = pad(scenes=[scene_of(0.5, 1.1, 1.7, strength=strength)], device=CPU)
        around = torch.cat([torch.linspace(0.5, 1.1, 40), torch.tensor([1.135])]).unsqueeze(0)
        located, points = locate(timeline=timeline, instants=around), torch.zeros(1, timeline.time.shape[1], 2)
        tip, _ = stage._swing(timeline=timeline, located=located, points=points, lean=torch.zeros(1, 1))
        away = tip[0].norm(dim=-1)
        return float(away[:-1].max()), float(away[-1])

    soft, hard = reach(0.2), reach(0.9)
    assert hard[0] > 2.5 * soft[0]
    assert hard[1] > soft[1]


def test_what_a_struck_surface_throws_up_flies_after_the_contact_and_no_further_than_it_was_struck() -> None:
    def drops(strength: float, *, miss: bool = False) -> torch.Tensor:
        """How far each visible drop is from the contact, `[3, S]`, for 0.6 s around it."""
        timeline = pad(scenes=[scene_of(0.3, 5.0, material="water", strength=strength, miss=miss)], device=CPU)
        points = torch.zeros(1, timeline.time.shape[1], 2)
        instants = torch.linspace(0.0, 0.6, 61).unsqueeze(0)
        generator = torch.Generator().manual_seed(0)
        reach = torch.full(timeline.time.shape, 0.9)
        parts = flying_parts(timeline=timeline, points=points, instants=instants, reach=reach, generator=generator)
        return torch.stack([part.a[0].norm(dim=-1) * (part.shown[0] > 0) for part in parts])

    hard, soft = drops(1.0), drops(0.3)
    assert not hard[:, :30].any()
    assert (hard.max(1).values > 2 * soft.max(1).values).all()
    assert float(hard.max()) <= 0.9 * 1.4
    assert not drops(1.0, miss=True).any()


@pytest.mark.parametrize("seed", range(3))
def test_balls_and_falling_things_touch_the_ground_at_each_event(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    times = (0.4, 1.0, 1.6)
    for actor in ("ball", "drop"):
        # A film of 500 frames a second: the parts' height within 2 ms of the contact.
        monkeypatch.setattr(picture, "SOURCE_RATES", (500.0,))
        stage = Watched(config=VisualConfig(rate=500.0, size=2), textures=Textures(device=CPU), seed=seed, device=CPU)
        stage.render(scenes=[scene_of(*times, actor=actor, kind="bounce")], frames=900)
        body = stage.parts[0]
        centre = (body.a + body.b)[0, ::SUBSTEPS, 1] / 2 + body.radius[0]  # the underside
        for index in range(1, len(times)):
            frame = round(times[index] * 500)
            ground = float(stage.points[0, index, 1])
            assert float(centre[frame]) == pytest.approx(ground, abs=0.03)
            assert float(centre[frame - 40]) < ground - 0.02


def test_a_foot_stands_still_from_its_step_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = watched(
        scene=scene_of(0.2, 0.8, 1.4, 2.0, actor="foot", kind="step"), frames=40, rates=(25.0,), monkeypatch=monkeypatch
    )
    soles = [stage.parts[index].b[0, ::SUBSTEPS, 1] for index in (1, 3)]  # shoes of both feet
    for sole, stepping in zip(
        soles, (20, 35), strict=True
    ):  # frames before the first foot's and the second's next step
        ground = float(sole.max())
        frame = {20: 5, 35: 20}[stepping]  # 0.2 s and 0.8 s
        assert float(sole[frame]) == pytest.approx(ground, abs=0.02)
        assert float((sole[frame + 1 : frame + 4] - ground).abs().max()) < 1e-3


# Pictures


@pytest.mark.parametrize("actor", KINDS)
def test_pictures_have_their_shape_and_range_and_repeat_by_seed(actor: str) -> None:
    scenes = [draw_scene(duration_sec=0.4, rng=np.random.default_rng(seed), actor=actor) for seed in (1, 2)]
    first, again, other = (renderer(seed=seed).render(scenes=scenes, frames=10) for seed in (3, 3, 4))
    assert first.shape == (2, 10, 3, 16, 16)
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.isfinite(first).all()
    assert torch.equal(first, again)
    assert not torch.allclose(first, other, atol=0.1)
    assert not torch.allclose(first[0], first[1], atol=0.1)


@pytest.mark.parametrize("rate", [12.5, 24.0, 25.0, 30_000 / 1001, 60.0])
def test_a_grid_instant_shows_the_newest_frame_of_the_film(rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = watched(scene=scene_of(0.5, 1.1, 1.7), frames=50, rates=(rate,), monkeypatch=monkeypatch)
    shown = stage.instants[0, ::SUBSTEPS].double()
    grid = torch.arange(50).double() / 25
    number = (shown * rate).round()
    assert (shown * rate - number).abs().max() < 1e-3  # a frame of the film
    assert (shown <= grid + 1e-4).all()  # that has begun
    assert (shown + 1 / rate > grid - 1e-4).all()  # and is the newest
    repeats = int((number.diff() == 0).sum())
    assert repeats == {12.5: 25, 24.0: 2}.get(rate, 0)  # only a slower film shows a frame twice
    exposed = stage.instants[0].view(50, SUBSTEPS) - shown.unsqueeze(1)
    assert exposed.max() <= 0.9 / rate + 1e-4


def test_a_moving_actor_makes_each_frame_of_a_25_fps_film_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "SOURCE_RATES", (25.0,))
    scene = scene_of(*np.arange(0.1, 2.0, 0.3))
    frames = renderer(seed=2, size=24).render(scenes=[scene], frames=20)[0]
    assert (frames.diff(dim=0).abs().amax((1, 2, 3)) > 0.05).all()


def test_start_shifts_the_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "SOURCE_RATES", (25.0,))
    stage = Watched(config=VisualConfig(size=16), textures=Textures(device=CPU), seed=0, device=CPU)
    stage.render(scenes=[scene_of(3.0)], frames=5, start_sec=2.0)
    assert stage.instants[0, ::SUBSTEPS].tolist() == pytest.approx([2.0, 2.04, 2.08, 2.12, 2.16], abs=1e-4)
