"""Sounds are placed to the sample, ordered by strength, coherent in a scene, and silent where nothing happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from training.materials import MATERIALS
from training.oneshots import OneShot, OneShots, locate_attack
from training.stage.sound import (
    SILENT_DB,
    RecordedSource,
    render_sound,
    strength_gain_db,
    synthesise_impact,
    synthesise_scratch,
)


@dataclass(frozen=True)
class Event:
    time_sec: float
    strength: float = 0.7
    material: str = "wood"
    kind: str = "hit"
    duration_sec: float = 0.0
    miss: bool = False


def takes(*, layers: int = 1, count: int = 3) -> OneShots:
    rng = np.random.default_rng(0)
    items = []
    for index in range(layers * count):
        audio = (rng.normal(size=4800) * np.exp(-np.arange(4800) / 500)).astype(np.float32)
        items.append(
            OneShot(
                file=f"t{index}.flac",
                raw_material="wood",
                material="wood",
                licence="CC0",
                author="a",
                source="s",
                kind="hit",
                group="g",
                family="f",
                layer=index // count + 1,
                audio=audio,
                attack=locate_attack(audio),
            )  # fmt: skip
        )
    return OneShots(items)


@pytest.mark.parametrize("oneshots", [None, takes()])
@pytest.mark.parametrize("material", ["wood", "leaf", "water"])
def test_each_attack_is_on_its_sample(oneshots: OneShots | None, material: str) -> None:
    for seed, time_sec in enumerate((0.1, 0.33333, 0.7501)):
        event = Event(time_sec=time_sec, material=material)
        sound, _ = render_sound([event], 1.0, np.random.default_rng(seed), oneshots)
        assert sound.shape == (48_000,) and sound.dtype == np.float32
        start = round(time_sec * 48_000)
        assert not sound[:start].any()  # exactly silent before the first event
        assert np.abs(sound[start : start + 3]).max() > 0
        assert np.abs(sound[start : start + 96]).max() > 0.1 * np.abs(sound).max()  # and it begins at once


def test_strength_orders_loudness_over_24_db() -> None:
    levels = []
    for strength in (0.0, 0.3, 0.6, 1.0):
        sound, (loudness,) = render_sound([Event(0.1, strength=strength)], 1.0, np.random.default_rng(3))
        assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(loudness, abs=0.01)
        levels.append(loudness)
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] == pytest.approx(24, abs=1.1)
    assert 10 ** (strength_gain_db(1.0) / 20) == pytest.approx(0.8)


def test_misses_are_silent_and_keep_their_place_in_the_list() -> None:
    events = [Event(0.1, miss=True), Event(0.5)]
    sound, loudness = render_sound(events, 1.0, np.random.default_rng(0))
    assert loudness[0] == SILENT_DB < loudness[1]
    assert not sound[:24_000].any() and sound[24_000:].any()


def test_events_outside_leave_only_their_tails() -> None:
    events = [Event(-0.02, material="metal", strength=1.0), Event(1.5), Event(-9.0)]
    sound, loudness = render_sound(events, 1.0, np.random.default_rng(0))
    assert sound[:480].any() and len(loudness) == 3
    assert not render_sound(events[1:], 1.0, np.random.default_rng(0)).sound.any()


def test_a_crowd_of_hits_stays_under_the_ceiling() -> None:
    events = [Event(0.1 + i * 1e-3, strength=1.0) for i in range(40)]
    sound, loudness = render_sound(events, 1.0, np.random.default_rng(0), takes())
    assert np.abs(sound).max() <= 0.9801
    assert max(loudness) < strength_gain_db(1.0) - 1.0  # scaled with the clip


def test_same_seed_same_sound() -> None:
    events = [Event(0.1), Event(0.4, material="glass"), Event(0.6, kind="scratch", duration_sec=0.2)]
    first, second = (render_sound(events, 1.0, np.random.default_rng(7), takes()).sound for _ in range(2))
    assert np.array_equal(first, second)


def test_successive_hits_use_other_takes_and_layers_follow_strength() -> None:
    rng = np.random.default_rng(0)
    source = RecordedSource(takes=takes(), rng=rng)
    played = [source._take(strength=0.5, rng=rng).file for _ in range(12)]
    assert all(a != b for a, b in zip(played, played[1:], strict=False))
    layered = RecordedSource(takes=takes(layers=4), rng=rng)
    weak, strong = ([layered._take(strength=s, rng=rng).layer for _ in range(20)] for s in (0.05, 0.95))
    assert max(weak) < min(strong)


@pytest.mark.parametrize("material", MATERIALS)
def test_synthesis_of_every_material(material: str) -> None:
    rng = np.random.default_rng(11)
    impact = synthesise_impact(material, 0.8, rng)
    scratch = synthesise_scratch(material, 0.2, 0.5, rng)
    for sound in (impact, scratch):
        assert sound.dtype == np.float32 and np.isfinite(sound).all()
        assert np.abs(sound).max() == pytest.approx(1.0, abs=1e-3)
    assert locate_attack(impact) < 96  # within 2 ms
    assert 9_000 < len(scratch) < 20_000


def brightness(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float((power * np.fft.rfftfreq(len(sound), 1 / 48_000)).sum() / power.sum())


def test_hard_blows_and_hard_materials_are_brighter() -> None:
    def mean(material: str, strength: float) -> float:
        rng = np.random.default_rng(5)
        return float(np.mean([np.log(brightness(synthesise_impact(material, strength, rng))) for _ in range(12)]))

    assert mean("plastic", 1.0) > mean("plastic", 0.1)
    assert mean("glass", 0.5) > mean("skin", 0.5)


def test_unknown_material_is_named() -> None:
    with pytest.raises(ValueError, match="unobtainium"):
        synthesise_impact("unobtainium", 0.5, np.random.default_rng(0))
