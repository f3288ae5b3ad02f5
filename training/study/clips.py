"""What the rows are evaluated on: unseen stage clips and pieces of `val` clips, as films that the application reads."""

import json
import subprocess
from pathlib import Path

import numpy as np

from training.oneshots import OneShots
from training.stage.collection import write_clip
from training.stage.sound import render_sound
from training.study.scenes import read_chunk, render_chunks
from training.whole_file import whole_file

# Far from the seeds of the training, and films of 30 fps: 5, 10 and 15 fps are every sixth, third and second frame.
SEED = 4_242
FILM_RATE = 30
SIDE = 64


def stage_clips(
    *, folder: Path, work: Path, count: int, seconds: float, textures: Path | None, oneshots: OneShots | None
) -> Path:
    """`count` films of `seconds` with their rendered sound, from recordings of the test families."""
    done = folder / "done"
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    chunks = render_chunks(
        folder=work, count=count, seed=SEED, rate=FILM_RATE, size=SIDE, textures=textures, seconds=seconds
    )
    index = 0
    for chunk in chunks:
        frames, scenes, actor = read_chunk(chunk)
        for shown, events in zip(frames, scenes, strict=True):
            sound = render_sound(events, seconds, np.random.default_rng((SEED, index)), oneshots).sound
            path = folder / f"stage{index:03d}-{actor}.mp4"
            if not path.exists():
                write_film(frames=shown, sound=sound, path=path)
            index += 1
        chunk.unlink()
    done.touch()
    return folder


def write_film(*, frames: np.ndarray, sound: np.ndarray, path: Path) -> None:
    """uint8 frames `[T, 3, R, R]` and mono sound."""
    import torch

    with whole_file(path) as partial:
        write_clip(frames=torch.from_numpy(frames).float() / 255, sound=sound, rate=FILM_RATE, path=partial)


def cut(*, source: Path, start: float, seconds: float, path: Path, sound: Path | None = None) -> None:
    """A piece of a film, its picture and sound (or that of the file `sound`) encoded anew at their own rates."""
    begin = ("-ss", f"{start:g}", "-i")
    inputs = (*begin, str(source), *begin, str(sound or source))
    span = (*inputs, "-t", f"{seconds:g}", "-map", "0:v:0", "-map", "1:a:0")
    encode = ("-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "256k")
    with whole_file(path) as partial:
        subprocess.run(("ffmpeg", "-v", "error", "-y", *span, *encode, str(partial)), check=True)


def val_clips(*, folder: Path, clips: Path, seconds: float) -> Path:
    """Pieces of `seconds` of every `val` clip as far as its labels reach; named CLIP--SECOND."""
    done = folder / "done"
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for entry in json.loads((clips / "clips.json").read_text()):
        if entry["split"] != "val":
            continue
        until = min(float(entry["annotated_until"]), float(entry["duration"]))
        for piece in range(int(until / seconds)):
            start = piece * seconds
            path = folder / f"{Path(entry['file']).stem}--{start:03.0f}.mp4"
            if not path.exists():
                cut(source=clips / entry["file"], start=start, seconds=seconds, path=path)
    done.touch()
    return folder
