"""The measures answer what is known beforehand: sounds and labels made for the purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from training.encoder import pick_peaks
from training.measure import codec, impacts, materials, takes
from training.measure.flatness import band_flatness
from training.measure.timbre import median_timbre, timbre_of
from training.pictures import whole_clip
from training.real import Clip, Hit

RATE = 48_000


def burst(*, decay_sec: float = 0.05, colour: int = 1, length_sec: float = 0.6, seed: int = 0) -> np.ndarray:
    """Decaying noise with unit peak; a larger `colour` is darker."""
    noise = np.random.default_rng(seed).standard_normal(round(length_sec * RATE))
    noise = np.convolve(noise, np.ones(colour) / colour, mode="same")
    sound = noise * np.exp(-np.arange(len(noise)) / (decay_sec * RATE))
    return (sound / np.abs(sound).max()).astype(np.float32)


def track(*, times_sec: list[float], levels_db: list[float], length_sec: float = 4.0) -> np.ndarray:
    sound = np.zeros(round(length_sec * RATE), np.float32)
    for time, level in zip(times_sec, levels_db, strict=True):
        start = round(time * RATE)
        hit = burst()[: len(sound) - start] * np.float32(10 ** (level / 20))
        sound[start : start + len(hit)] += hit
    return sound


class TestCodecScore:
    def clip(self) -> np.ndarray:
        sound = np.zeros(codec.LENGTH, np.float32)
        sound[codec.START : codec.START + 28_800] = 0.5 * burst()
        return sound

    def test_a_perfect_codec_scores_zero(self) -> None:
        row = codec.score([self.clip()], [self.clip()])
        assert row["onset_shift_median_abs_ms"] == 0
        assert row["log_spectral_distance_db"] == pytest.approx(0, abs=1e-6)
        assert row["multi_resolution_stft"] == pytest.approx(0, abs=1e-6)

    def test_a_delay_is_a_positive_shift(self) -> None:
        row = codec.score([self.clip()], [np.roll(self.clip(), 96)])
        assert row["onset_shift_median_ms"] == pytest.approx(2.0, abs=0.13)

    def test_half_the_level_is_six_decibels(self) -> None:
        row = codec.score([self.clip()], [0.5 * self.clip()])
        assert 5 < row["log_spectral_distance_db"] < 6.1


class TestFlatness:
    def test_noise_partials_and_what_is_level(self) -> None:
        time = np.arange(RATE) / RATE
        noise = np.random.default_rng(0).standard_normal(RATE)
        partials = sum(np.sin(2 * np.pi * hertz * time) for hertz in 500 * 2 ** ((np.arange(15) + 0.5) / 3))
        click = np.zeros(2048)  # one frame, in its middle: the same power at every frequency
        click[1024] = 1.0
        assert band_flatness(noise) == pytest.approx(0.59, abs=0.01)
        assert band_flatness(partials) < 0.1
        assert band_flatness(click) == pytest.approx(1.0, abs=0.01)

    def test_level_and_colour_do_not_matter_and_silence_has_none(self) -> None:
        assert band_flatness(0.01 * burst()) == pytest.approx(band_flatness(burst()), abs=1e-6)
        assert band_flatness(burst(colour=4)) < 0.65
        assert np.isnan(band_flatness(np.zeros(RATE)))


class TestMaterials:
    def test_shape_does_not_depend_on_level(self) -> None:
        np.testing.assert_allclose(materials.shape(burst()), materials.shape(0.05 * burst()), atol=0.05)

    def test_shape_tells_decays_and_colours_apart(self) -> None:
        plain = materials.shape(burst())
        again = np.abs(plain - materials.shape(burst(seed=1))).mean()
        for other in (burst(decay_sec=0.01), burst(colour=16)):
            assert np.abs(plain - materials.shape(other)).mean() > 3 * again

    def test_hits_begin_with_their_attack_and_silent_points_are_left_out(self) -> None:
        sound = track(times_sec=[0.6, 2.015], levels_db=[0, -6])
        hits = materials.cut_hits(sound, points_sec=[0.6, 1.3, 2.0])
        assert len(hits) == 2
        for hit in hits:
            assert np.abs(hit[:48]).max() > 0.2 * np.abs(hit).max()

    def test_confusion_is_by_what_was_asked(self) -> None:
        shares = materials.confusion(["a", "a", "b"], ["a", "b", "b"], materials=["a", "b", "c"])
        np.testing.assert_allclose(shares, [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 0]])

    def test_a_material_counts_as_recorded_from_three_families_on(self) -> None:
        names = ["wood"] * 4 + ["glass"] * 4
        examples = materials.Examples([burst()] * 8, names, ["a", "b", "c", "c", "a", "a", "b", "b"])
        assert materials.with_sources(examples) == {"wood"}

    def test_the_classifier_is_judged_on_families_that_it_did_not_learn(self) -> None:
        # The shape tells the family and nothing of the material: to know a family would be to know everything.
        families = np.repeat(np.arange(12), 5)
        shapes = np.eye(12, dtype=np.float32)[families]
        names = np.array(["wood", "glass"])[families % 2]
        assert max(materials.own_accuracy(shapes, names, families).values()) < 1


class TestTimbre:
    def test_a_click_that_rings_has_its_decay_and_its_colour(self) -> None:
        time = np.arange(round(0.6 * RATE)) / RATE
        ringing = (np.sin(2 * np.pi * 2000 * time) * np.exp(-time / 0.05)).astype(np.float32)
        found = timbre_of(ringing)
        assert found.attack_ms == 0
        assert found.decay_ms == pytest.approx(1000 * 0.05 * np.log(10), abs=3)  # 20 dB of an amplitude
        assert found.centroid_hz == pytest.approx(2000, rel=0.05)
        assert timbre_of(ringing / 128) == found

    def test_a_slow_rise_is_a_long_attack(self) -> None:
        rise = np.minimum(np.arange(RATE // 2) / (0.02 * RATE), 1.0)
        assert timbre_of((rise * burst(decay_sec=0.2, length_sec=0.5)).astype(np.float32)).attack_ms > 5

    def test_medians_are_of_each_number(self) -> None:
        assert median_timbre([]) is None
        hits = [burst(decay_sec=seconds) for seconds in (0.02, 0.03, 0.2)]
        assert median_timbre(hits) == timbre_of(hits[1])


class TestTakes:
    def test_distance_of_a_take_to_itself_is_zero_and_grows_with_level(self) -> None:
        take = track(times_sec=[0.5, 1.5], levels_db=[-3, -3])
        assert takes.distance(take, take) == 0
        assert takes.distance(take, 0.5 * take) > 1
        assert takes.distance(np.zeros(RATE, np.float32), np.zeros(RATE, np.float32)) == 0

    def test_levels_are_paired_once_and_nearest_first(self) -> None:
        reference = [(1.0, -3.0), (1.08, -9.0), (3.0, -12.0)]
        generated = [(1.07, -10.0), (1.02, -4.0), (3.5, -1.0)]
        assert sorted(takes.matched_levels(reference, generated)) == [(-9.0, -10.0), (-3.0, -4.0)]

    def test_bed_is_the_level_of_the_quiet_under_the_hits(self) -> None:
        sound = track(times_sec=[0.5, 2.5], levels_db=[0, 0])
        attacks = [(0.5, 0.0), (2.5, 0.0)]
        assert takes.bed_db(sound, attacks) < -100
        noisy = sound + 0.01 * np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)
        assert takes.bed_db(noisy, attacks) == pytest.approx(-40.5, abs=1)

    def test_pre_echo_is_looked_for_where_nothing_precedes(self) -> None:
        sound = track(times_sec=[0.5, 0.6, 2.5], levels_db=[0, 0, 0])
        sound[round(2.49 * RATE)] = 0.1
        found = takes.pre_echo_db(sound, [(0.5, 0.0), (0.6, 0.0), (2.5, 0.0)])
        assert len(found) == 2
        assert found[0] == -120
        assert found[1] == pytest.approx(-20, abs=0.1)


def test_impacts_are_those_of_the_packs_own_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = Path(__file__).parents[2] / "e2e" / "fixtures" / "pack"
    random = np.random.default_rng(1)
    frames = random.integers(0, 256, (50, 112, 112, 3), dtype=np.uint8)
    blank = Clip(name="a", split="val", rate=25.0, frames=frames, hits=())
    session = onnxruntime.InferenceSession(str(pack / "visual-encoder.onnx"), providers=["CPUExecutionProvider"])
    (impact,) = session.run(["impact"], {"frames": whole_clip(blank, size=32)[0].numpy()})
    times, _ = pick_peaks(torch.from_numpy(impact), rate=25.0)
    labelled = replace(blank, hits=tuple(Hit(time, "wood", False, -6.0) for time in times))
    asked = []
    monkeypatch.setattr(impacts, "load_clips", lambda folder, **given: asked.append((folder, given)) or [labelled])
    marks = impacts.measure(pack=pack, clips=tmp_path, split="val", cache=tmp_path / "frames")
    assert asked == [(tmp_path, {"split": "val", "rate": 25, "cache": tmp_path / "frames"})]
    assert len(times) > 1
    assert (marks["ap100"], marks["ap50"]) == pytest.approx((1.0, 1.0))
    labelled = replace(blank, hits=(*labelled.hits, Hit(9.0, "wood", False, -6.0)))
    assert impacts.measure(pack=pack, clips=tmp_path, split="val", cache=tmp_path / "frames")["ap100"] < 1.0
