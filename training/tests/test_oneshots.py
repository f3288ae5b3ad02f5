"""One-shots: grouping, a split that tears no sound apart, attacks found to the sample, caching, vocabulary."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from training.materials import (
    GREATEST_HITS_MATERIALS,
    MATERIALS,
    ONESHOT_MATERIALS,
    material_of_label,
    material_of_oneshot,
)
from training.oneshots import (
    OneShot,
    OneShots,
    family_of,
    group_of,
    is_test_family,
    kind_of,
    load_oneshots,
    locate_attack,
    trim,
)

FILES = {
    "kenney_impact/impactWood_light_000.flac": ("wood", "Kenney"),
    "kenney_impact/impactWood_light_001.flac": ("wood", "Kenney"),
    "kenney_impact/impactWood_heavy_000.flac": ("wood", "Kenney"),
    "kenney_impact/footstep_wood_000.flac": ("wood", "Kenney"),
    "gogodze/cajon_cnd_cajon_sl4_vl1_rr1_cnd.flac": ("wood box (cajon)", "Karoryfer"),
    "gogodze/cajon_cnd_cajon_sl4_vl2_rr1_cnd.flac": ("wood box (cajon)", "Karoryfer"),
    "gogodze/cajon_dyn_cajon_sl4_vl1_rr1_dyn.flac": ("wood box (cajon)", "Karoryfer"),
    "gogodze/cajon_cnd_cajon_sl5_vl1_rr1_cnd.flac": ("wood box (cajon)", "Karoryfer"),
    "antum_sounds/sounds_node_dig_choppy.1.flac": ("choppy", ""),
    "minetest_game/default_dig_choppy.1.flac": ("choppy", ""),
    "cc_sounds/smash_success__glass__smash_success_glass.flac": ("glass", "pfranzen https://freesound.org/1"),
    "cc_sounds/plmove__clear_obstacle__clear_obstacle_1.flac": ("generic", "MWsfx https://freesound.org/2"),
}


def write_folder(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    manifest = []
    for file, (material, author) in FILES.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        sound = 0.5 * rng.normal(size=4800).clip(-1, 1) * np.exp(-np.arange(4800) / 500)
        soundfile.write(path, np.concatenate([np.zeros(480), sound]), 48_000)
        manifest.append(
            {"file": file, "material": material, "licence": "CC0", "author": author, "source": "x", "duration": 0.11}
        )
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def oneshots(tmp_path_factory: pytest.TempPathFactory) -> OneShots:
    return load_oneshots(folder=write_folder(tmp_path_factory.mktemp("oneshots")))


def group(file: str) -> str:
    return group_of(file=file, author=FILES[file][1])


def family(file: str) -> str:
    return family_of(group=group(file), raw_material=FILES[file][0])


def test_takes_share_a_group_and_other_sounds_do_not() -> None:
    files = list(FILES)
    assert group(files[0]) == group(files[1]) != group(files[2])
    assert group(files[4]) == group(files[5]) != group(files[6])
    assert group(files[4]) != group(files[7])


def test_a_family_joins_microphones_and_copies() -> None:
    files = list(FILES)
    assert family(files[0]) == family(files[2])
    assert family(files[4]) == family(files[6]) != family(files[7])
    assert family(files[8]) == family(files[9])


def test_split_is_a_partition_that_tears_nothing(oneshots: OneShots) -> None:
    train, test = oneshots.split(kind="train"), oneshots.split(kind="test")
    assert len(train) + len(test) == len(oneshots)
    assert len(test) > 0  # though no family's name draws it
    assert not any(is_test_family(item.family) for item in oneshots)
    for key in ("group", "family", "file"):
        assert not {getattr(item, key) for item in train} & {getattr(item, key) for item in test}
    with pytest.raises(ValueError, match="train"):
        oneshots.split(kind="val")


def recordings(*, count: int, author: str) -> OneShots:
    """One author's takes of one sound, in a folder of their own."""
    files = [f"mine/knock_{index:02d}.flac" for index in range(count)]
    key = group_of(file=files[0], author=author)
    given = {"raw_material": "wood", "material": "wood", "licence": "CC0", "author": author, "source": "x"}
    given |= {"kind": "hit", "group": key, "family": family_of(group=key, raw_material="wood"), "layer": 0}
    return OneShots([OneShot(file=file, audio=np.ones(480, np.float32), attack=0, **given) for file in files])


@pytest.mark.parametrize("author", [f"author {index}" for index in range(12)])  # some draw the test, most the training
@pytest.mark.parametrize(("count", "tested"), [(2, 1), (30, 4)])
def test_one_author_is_split_by_recording(author: str, count: int, tested: int) -> None:
    shots = recordings(count=count, author=author)
    train, test = ({item.file for item in shots.split(kind=kind)} for kind in ("train", "test"))
    assert len(test) == tested and len(train | test) == count and not train & test


def test_a_single_recording_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="two recordings or more"):
        recordings(count=1, author="me").split(kind="train")


def test_the_real_manifest_splits_cleanly_if_given() -> None:
    path = Path(os.environ.get("FOLEY_ONESHOTS", "")) / "manifest.json"
    if not path.is_file():
        pytest.skip("FOLEY_ONESHOTS names no folder of one-shots")
    families: dict[str, str] = {}
    for entry in json.loads(path.read_text()):
        name = group_of(file=entry["file"], author=entry["author"])
        part = family_of(group=name, raw_material=entry["material"])
        assert families.setdefault(name, part) == part  # a group lies in one family, so on one side
        material_of_oneshot(entry["material"])


def test_lookup_by_material_and_kind(oneshots: OneShots) -> None:
    wood = oneshots.groups_for(material="wood", kind="hit")
    assert wood and all(oneshots.groups[name][0].kind == "hit" for name in wood)
    assert oneshots.groups[oneshots.groups_for(material="wood", kind="step")[0]][0].kind == "step"
    assert len(oneshots.groups_for(material="glass", kind="hit")) == 1  # breakage, for want of a hit
    assert oneshots.groups_for(material="paper", kind="hit") == []
    layers = [take.layer for take in oneshots.groups[group(list(FILES)[4])]]
    assert layers == sorted(layers) == [1, 2]


@pytest.mark.parametrize(
    ("file", "kind"),
    [("a/footstep_wood_1.flac", "step"), ("a/GlassBreak.flac", "break"), ("a/impactWood_1.flac", "hit")],
)
def test_kind(file: str, kind: str) -> None:
    assert kind_of(file=file) == kind


@pytest.mark.parametrize("start", [0, 7, 4801])
def test_attack_is_found_behind_noise(start: int) -> None:
    rng = np.random.default_rng(start)
    audio = (1e-3 * rng.normal(size=12_000)).astype(np.float32)
    audio[start : start + 4800] += np.cos(np.arange(4800) * 0.3) * np.exp(-np.arange(4800) / 800)
    assert abs(locate_attack(audio) - start) <= 2


def test_trim_begins_at_the_attack_and_has_unit_peak() -> None:
    audio = np.concatenate([np.zeros(500), 0.2 * np.exp(-np.arange(9600) / 400), np.zeros(9600)]).astype(np.float32)
    sound = trim(audio, attack=500)
    assert sound.dtype == np.float32 and sound[0] != 0
    assert np.abs(sound).max() == pytest.approx(1.0, abs=0.05)
    assert len(sound) < 4000
    assert not trim(np.zeros(100, np.float32), attack=0).any()


def test_cache_gives_the_same_audio(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "shots")
    fresh = load_oneshots(folder=folder, cache=tmp_path / "cache")
    (folder / next(iter(FILES))).unlink()  # only the cache can answer now
    cached = load_oneshots(folder=folder, cache=tmp_path / "cache")
    for a, b in zip(fresh, cached, strict=True):
        assert a.file == b.file and np.array_equal(a.audio, b.audio)


def test_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="manifest.json"):
        load_oneshots(folder=tmp_path)


def test_every_mapping_ends_in_the_vocabulary() -> None:
    assert len(set(MATERIALS)) == len(MATERIALS)
    for target in (*ONESHOT_MATERIALS.values(), *GREATEST_HITS_MATERIALS.values()):
        assert target is None or target in MATERIALS
    assert material_of_label("tile") == "ceramic" and material_of_label("None") is None
    with pytest.raises(KeyError, match="unobtainium"):
        material_of_oneshot("unobtainium")
