"""Real clips of people hitting things: frames on the visual grid, and labels refined on the microphone track, moved to
where a converted film shows them (training.conversion).

The folder has `clips.json`: a list of {file, split, duration, annotated_until, hits: [[time, material, action], ...]},
times in seconds, materials as in `training.materials.GREATEST_HITS_MATERIALS`. ffmpeg and ffprobe are on the PATH. The
transformer learns from 10 s and longer (`training.pairs.long_enough`).
"""

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.config import SAMPLE_RATE
from training.conversion import CONVERTED_HZ, LEAST_CHANGES, LOOKED_AT_SEC, converted_from
from training.materials import material_of_label
from training.whole_file import whole_file

STORED_SIZE = 112


@dataclass(frozen=True)
class Hit:
    """`time_sec`: where the picture shows it. `loudness_db`: peak of the microphone track after the hit, relative to
    the clip's loudest, at most -1."""

    time_sec: float
    material: str | None
    scratch: bool
    loudness_db: float


@dataclass(frozen=True)
class Clip:
    """`frames` uint8 `[T, 112, 112, 3]` at `rate`, until the labels stop."""

    name: str
    split: str
    rate: float
    frames: np.ndarray
    hits: tuple[Hit, ...]

    @property
    def duration_sec(self) -> float:
        return len(self.frames) / self.rate


def _run(*arguments: str) -> bytes:
    return subprocess.run(arguments, check=True, capture_output=True).stdout


def presentation_times(path: Path) -> np.ndarray:
    """PTS of every frame in seconds from the container's start, in presentation order."""
    text = _run(
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-show_entries",
        "format=start_time:packet=pts_time",
        "-of",
        "json",
        str(path),
    )
    probed = json.loads(text)
    start = float(probed["format"].get("start_time", 0.0))
    return np.sort([float(packet["pts_time"]) for packet in probed["packets"] if "pts_time" in packet]) - start


def fit_filter(*, size: int, fit: str) -> str:
    """ffmpeg's filter to a square: `stretch`, or `cover`, the undistorted middle (as in src/main/media/frames.ts)."""
    if fit == "stretch":
        return f"scale={size}:{size}:flags=area"
    if fit == "cover":
        width, height = f"max({size},round({size}*dar))", f"max({size},round({size}/dar))"
        return f"scale=w='{width}':h='{height}':flags=area+accurate_rnd+full_chroma_int,format=rgb24,crop={size}:{size}"
    raise ValueError(f"unknown fit {fit!r}; expected stretch or cover")


def read_frames(
    path: Path, *, rate: float, until_sec: float, size: int = STORED_SIZE, fit: str = "stretch"
) -> np.ndarray:
    """The frame on screen at each instant k / rate (newest with PTS <= instant), uint8 `[T, size, size, 3]`."""
    times = presentation_times(path)
    raw = _run(
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-t",
        str(until_sec + 0.5),
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
        "-vf",
        fit_filter(size=size, fit=fit),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    )
    frames = np.frombuffer(raw, np.uint8).reshape(-1, size, size, 3)
    times = times[: len(frames)]
    grid = np.arange(int(until_sec * rate)) / rate
    index = np.searchsorted(times, grid + 1e-6, side="right") - 1
    return frames[np.clip(index, 0, len(frames) - 1)]


def read_sound(path: Path) -> np.ndarray:
    """The first sound track, mono (the mean of left and right) float32 at 48 kHz."""
    mono = "aformat=channel_layouts=stereo,pan=mono|c0=0.5*c0+0.5*c1"
    source = ("ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a:0")
    raw = _run(*source, "-af", mono, "-ar", str(SAMPLE_RATE), "-f", "f32le", "-")
    return np.frombuffer(raw, np.float32)


def picture_lateness_sec(path: Path) -> float:
    """By how much the pictures of a converted film are late; 0 for any other."""
    times = presentation_times(path)
    if len(times) <= LEAST_CHANGES or abs((len(times) - 1) / (times[-1] - times[0]) - CONVERTED_HZ) > 0.01:
        return 0.0
    frames = read_frames(path, rate=CONVERTED_HZ, until_sec=min(times[-1], LOOKED_AT_SEC), size=64).astype(np.float32)
    source = converted_from(np.abs(np.diff(frames, axis=0)).mean((1, 2, 3)))
    return 0.0 if source is None else 1 / source


def energy_rise(sound: np.ndarray) -> np.ndarray:
    """Per millisecond: mean level of the next 6 ms over that of the 12 ms before, in dB, above the clip's own floor."""
    high = np.diff(sound, prepend=sound[:1])  # a first difference: rumble of the hand-held microphone is not a hit
    per_ms = SAMPLE_RATE // 1000
    energy = np.square(high[: len(high) // per_ms * per_ms]).reshape(-1, per_ms).mean(1)
    floor = np.percentile(energy, 20) + 1e-10
    cumulative = np.concatenate([[0.0], np.cumsum(energy)])
    at = np.arange(len(energy))
    mean = lambda a, b: (
        (cumulative[np.clip(b, 0, len(energy))] - cumulative[np.clip(a, 0, len(energy))]) / np.maximum(b - a, 1)
    )
    return 10 * np.log10((mean(at, at + 6) + floor) / (mean(at - 12, at) + floor))


def refine(*, labels: list, sound: np.ndarray, reach_sec: float = 0.06) -> tuple[Hit, ...]:
    """Move each label to the steepest rise of the sound within `reach_sec`; one that no sound follows stays."""
    rise = energy_rise(sound)
    loudest = np.percentile(np.abs(sound), 99.95) + 1e-6
    hits = []
    for time, material, action in labels:
        low, high = max(int((time - reach_sec) * 1000), 0), int((time + reach_sec) * 1000)
        window = rise[low:high]
        refined = time if len(window) == 0 or window.max() < 3.0 else (low + int(window.argmax())) / 1000
        first = int(refined * SAMPLE_RATE)
        peak = np.abs(sound[first : first + SAMPLE_RATE // 20]).max(initial=0.0)
        loudness = 20 * np.log10(peak / loudest + 1e-6) - 1.0
        hits.append(
            Hit(
                time_sec=refined,
                material=material_of_label(material),
                scratch=action == "scratch",
                loudness_db=float(np.clip(loudness, -40.0, -1.0)),
            )
        )
    return tuple(sorted(hits, key=lambda hit: hit.time_sec))


def load_clips(folder: Path, *, split: str, rate: float, cache: Path) -> list[Clip]:
    """All clips of one split; decoded frames are kept in `cache`."""
    clips = []
    for entry in json.loads((folder / "clips.json").read_text()):
        if entry["split"] != split:
            continue
        path = folder / entry["file"]
        until = min(float(entry["annotated_until"]), float(entry["duration"]))
        stored = cache / f"frames-{path.stem}-{rate:g}.npy"
        if not stored.exists():
            cache.mkdir(parents=True, exist_ok=True)
            with whole_file(stored) as partial:
                np.save(partial, read_frames(path, rate=rate, until_sec=until))
        heard = refine(labels=[hit for hit in entry["hits"] if hit[0] < until], sound=read_sound(path))
        late = picture_lateness_sec(path)
        hits = tuple(replace(hit, time_sec=hit.time_sec + late) for hit in heard)
        clips.append(Clip(name=path.stem, split=split, rate=rate, frames=np.load(stored), hits=hits))
    return clips
