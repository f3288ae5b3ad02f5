"""Recorded impacts: a folder of 48 kHz mono FLAC files and a manifest.json, in memory, grouped, split and trimmed.

Two keys tell recordings apart. A *group* is one sound source recorded several times (takes, round-robins, velocity
layers): a scene picks one group and plays its takes. A *family* is what a test split must not tear: every group that
shares the source (both microphones, left and right foot, an author with few sounds). A family contains whole groups.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile

from training.materials import material_of_oneshot
from training.whole_file import whole_file

SAMPLE_RATE = 48_000
TEST_SHARE = 0.12  # of the families
_MILLISECOND = SAMPLE_RATE // 1000
_COLLECTIVE_FOLDERS = {"antum_sounds": "minetest", "minetest_game": "minetest"}  # one mod copies the other's files
_PROLIFIC_FOLDERS = ("gogodze", "body_percussion", "kenney_impact", "openclonk")


@dataclass(frozen=True, eq=False)
class OneShot:
    """One recording. `audio` is float32 [L] at 48 kHz; `attack` is the sample where its attack begins."""

    file: str
    raw_material: str
    material: str | None
    licence: str
    author: str
    source: str
    kind: str  # 'hit', 'step' or 'break'
    group: str
    family: str
    layer: int  # velocity layer, 0 where the recording names none
    audio: np.ndarray
    attack: int

    @cached_property
    def trimmed(self) -> np.ndarray:
        """From the attack to where the tail sinks under -66 dB of the peak, edges faded. Unit peak."""
        return trim(self.audio, attack=self.attack)


def locate_attack(audio: np.ndarray) -> int:
    """Sample where the first real energy rise begins: 1 ms frames, then the sample inside the frame.

    The frame is the first within 16 dB of the loudest one; the sample the first at a quarter of that frame's peak.
    """
    count = len(audio) // _MILLISECOND
    if count == 0 or not np.any(audio):
        return 0
    energy = np.square(audio[: count * _MILLISECOND].reshape(count, -1), dtype=np.float64).mean(1)
    frame = int(np.argmax(energy >= energy.max() * 10 ** (-16 / 10)))
    start = max(frame - 1, 0) * _MILLISECOND  # the rise may begin at the end of the frame before
    window = np.abs(audio[start : (frame + 1) * _MILLISECOND])
    return start + int(np.argmax(window >= 0.25 * window.max()))


def trim(audio: np.ndarray, *, attack: int) -> np.ndarray:
    """Copy of `audio` from `attack` on: 0.25 ms fade-in, silent tail cut with a 10 ms fade-out, peak 1. float32."""
    sound = audio[attack:].astype(np.float32)
    peak = float(np.abs(sound).max(initial=0.0))
    if peak == 0.0:
        return np.zeros(1, np.float32)
    sound = sound / peak
    loud = np.flatnonzero(np.abs(sound) > 10 ** (-66 / 20))
    sound = sound[: loud[-1] + 1]
    fade_in, fade_out = min(12, len(sound)), min(10 * _MILLISECOND, len(sound))
    sound[:fade_in] *= np.linspace(1 / fade_in, 1, fade_in, dtype=np.float32)
    sound[len(sound) - fade_out :] *= np.linspace(1, 0, fade_out, dtype=np.float32)
    return sound


def group_of(*, file: str, author: str) -> str:
    """Key of the takes of one sound: the name without take, round-robin and velocity numbers."""
    path = Path(file)
    name = re.sub(r"_(vl|rr)\d+", "", path.stem)
    pattern = r"[._]\d+$" if path.parts[0] == "gogodze" else r"[._]?\d+$"  # gogodze's own digits name a stroke
    return f"{author.split(' http')[0]}|{path.parts[0]}/{re.sub(pattern, '', name)}"


def family_of(*, group: str, raw_material: str) -> str:
    """Key of everything that must stay on one side of a split."""
    author, name = group.split("|", 1)
    folder, stem = name.split("/", 1)
    if folder in _COLLECTIVE_FOLDERS:
        return f"{_COLLECTIVE_FOLDERS[folder]}:{raw_material}"
    if folder not in _PROLIFIC_FOLDERS:
        return f"{folder}:{author}"
    stem = re.sub(r"_(cnd|dyn|rel|light|medium|heavy)(?=_|$)", "", stem)
    return f"{folder}:{re.sub(r'_(l|r|lin|lout|rin|rout)$', '', stem)}"


def kind_of(*, file: str) -> str:
    name = Path(file).stem.lower()
    if re.search(r"smash_success|shatter|break|dug_glass|^smash__", name):
        return "break"
    return "step" if re.search(r"step|walk|stomp|heel|plmove", name) else "hit"


def _draw(name: str) -> float:
    """0 to 1, always the same for a name."""
    return int(hashlib.md5(name.encode()).hexdigest()[:8], 16) / 2**32


def is_test_family(family: str) -> bool:
    """Stable under additions: decided by the family's own name."""
    return _draw(family) < TEST_SHARE


class OneShots(Sequence[OneShot]):
    """A set of one-shots; `split` gives subsets that share the audio."""

    def __init__(self, items: Sequence[OneShot]) -> None:
        self._items = tuple(items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._items[index]

    def split(self, *, kind: str) -> OneShots:
        """'train' or 'test', by family; none is empty. Raises ValueError for fewer than two recordings.

        A folder of one family, as an author's own is, is split by single recording: then the test hears other takes of
        what was learned, and not other sources.
        """
        if kind not in ("train", "test"):
            raise ValueError(f"split kind: expected 'train' or 'test', got {kind!r}")
        return OneShots([item for item in self if (item in self._test) == (kind == "test")])

    @cached_property
    def _test(self) -> set[OneShot]:
        if len(self) < 2:
            raise ValueError(f"one-shots: expected two recordings or more, one of them to test on, got {len(self)}")
        families = Counter(item.family for item in self)
        if len(families) == 1:
            return set(sorted(self, key=lambda item: _draw(item.file))[: max(1, round(TEST_SHARE * len(self)))])
        test = {family for family in families if is_test_family(family)}
        if len(test) in (0, len(families)):  # few families: the smallest can be spared
            test = {min(families, key=lambda family: (families[family], family))}
        return {item for item in self if item.family in test}

    @cached_property
    def groups(self) -> dict[str, list[OneShot]]:
        """Takes by group, softest velocity layer first."""
        groups: dict[str, list[OneShot]] = defaultdict(list)
        for item in sorted(self, key=lambda item: (item.group, item.layer, item.file)):
            groups[item.group].append(item)
        return dict(groups)

    @cached_property
    def _by_use(self) -> dict[tuple[str, str], list[str]]:
        use: dict[tuple[str, str], list[str]] = defaultdict(list)
        for group, takes in self.groups.items():
            if takes[0].material is not None:
                use[takes[0].material, takes[0].kind].append(group)
        return dict(use)

    def groups_for(self, *, material: str, kind: str) -> list[str]:
        """Groups that can sound `material` for a 'step' or any other kind of event; [] if nothing was recorded.

        Footfalls serve steps and hits serve the rest; the other way round, and then breakage, only where the
        first choice has fewer than two groups.
        """
        order = ("step", "hit", "break") if kind == "step" else ("hit", "step", "break")
        found: list[str] = []
        for use in order:
            if len(found) < 2:
                found += self._by_use.get((material, use), [])
        return found


def load_oneshots(*, folder: Path | str, cache: Path | str | None = None) -> OneShots:
    """All one-shots of `folder`. With `cache`, the decoded audio is kept there in one .npz and read from it."""
    folder = Path(folder)
    manifest_path = folder / "manifest.json"
    if not manifest_path.is_file():
        raise FileNotFoundError(f"no manifest.json in {folder}: expected a folder of one-shots (FLAC + manifest.json)")
    manifest = json.loads(manifest_path.read_text())
    audio = _read_audio(folder=folder, files=[entry["file"] for entry in manifest], cache=cache)
    items = []
    for entry, samples in zip(manifest, audio, strict=True):
        group = group_of(file=entry["file"], author=entry["author"])
        layer = re.search(r"_vl(\d+)", entry["file"])
        items.append(
            OneShot(
                file=entry["file"],
                raw_material=entry["material"],
                material=material_of_oneshot(entry["material"]),
                licence=entry["licence"],
                author=entry["author"],
                source=entry["source"],
                kind=kind_of(file=entry["file"]),
                group=group,
                family=family_of(group=group, raw_material=entry["material"]),
                layer=int(layer[1]) if layer else 0,
                audio=samples,
                attack=locate_attack(samples),
            )
        )
    return OneShots(items)


def _read_audio(*, folder: Path, files: list[str], cache: Path | str | None) -> list[np.ndarray]:
    key = hashlib.md5("\n".join(files).encode()).hexdigest()[:12]
    path = Path(cache) / f"oneshots-{key}.npz" if cache is not None else None
    if path is not None and path.is_file():
        with np.load(path) as stored:
            return np.split(stored["audio"], stored["ends"][:-1])
    audio = [_decode(folder / file) for file in files]
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as partial:
            np.savez(partial, audio=np.concatenate(audio), ends=np.cumsum([len(samples) for samples in audio]))
    return audio


def _decode(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != SAMPLE_RATE:
        raise ValueError(f"{path}: expected {SAMPLE_RATE} Hz, got {rate}; resample it")
    return samples.mean(1)
