"""One stage scene as a film with its sound and its labels, to look at and to test with.

    python -m training.stage --out clip.mp4 [--seconds 10] [--actor stick] [--seed 0] [--size 512x288] [--fps 25]
        [--textures DIR] [--oneshots DIR] [--silent] [--clutter]

Writes clip.mp4 (H.264, AAC) and clip.json: an entry of clips.json (`foley evaluate --labels clip.json`) that also
lists every event, misses included. The same arguments make the same scene.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import torch

from training.config import SAMPLE_RATE
from training.oneshots import load_oneshots
from training.stage.events import KINDS, SceneEvents, draw_scene
from training.stage.film import FilmRenderer
from training.stage.scenery import Tiles
from training.stage.sound import render_sound

DESCRIPTIONS = {"stick": "a stick strikes", "hand": "a hand knocks on", "ball": "a ball bounces on", "foot": "steps on",
                "drop": "things fall on"}  # fmt: skip


def labels(*, scene: SceneEvents, file: str, seconds: float, fps: Fraction) -> dict:
    """The film's entry in clips.json: `hits` are [seconds, material, action] of what sounds within the film."""
    events = [event for event in scene.events if 0 <= event.time_sec < seconds]
    sounding = [event for event in events if not event.miss]
    materials = sorted({event.material for event in sounding})
    return {
        "file": file,
        "split": "stage",
        "description": f"{DESCRIPTIONS[scene.actor]} {', '.join(materials) or 'nothing'} (rendered)",
        "duration": seconds,
        "fps": f"{fps.numerator}/{fps.denominator}",
        "annotated_until": seconds,
        "hits": [
            [round(event.time_sec, 6), event.material, "scratch" if event.kind == "scratch" else "hit"]
            for event in sounding
        ],
        "events": [
            {
                "time_sec": round(event.time_sec, 6),
                "kind": event.kind,
                "material": event.material,
                "strength": round(event.strength, 4),
                "duration_sec": round(event.duration_sec, 4),
                "miss": event.miss,
            }
            for event in events
        ],
    }


def written(entry: dict) -> str:
    """`entry` as JSON, each hit on a line of its own."""
    flat = lambda hit: f"[{' '.join(hit[1].split())}]"
    return re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", flat, json.dumps(entry, indent=2)) + "\n"


def encode_arguments(*, program: str, size: tuple[int, int], fps: Fraction, sound: Path | None, out: Path) -> list[str]:
    """ffmpeg's arguments: raw RGB frames on stdin, the WAV `sound` if there is one, an MP4 without encoder's tags."""
    width, height = size
    video = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    audio = ["-i", str(sound), "-c:a", "aac", "-b:a", "128k"] if sound else ["-an"]
    film = ["-c:v", "libx264", "-preset", "slow", "-crf", "22", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    exact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
    colours = [
        "-vf",
        "scale=out_color_matrix=bt709:out_range=tv",
        "-colorspace",
        "bt709",
        "-color_primaries",
        "bt709",
        "-color_trc",
        "bt709",
    ]
    return [program, "-v", "error", "-y", *video, *audio, *colours, *film, *exact, "-f", "mp4", str(out)]


def write_film(*, arguments: argparse.Namespace, scene: SceneEvents, program: str) -> Path:
    """Render, encode and only then put in place; returns the labels' path."""
    width, height = arguments.size
    fps, out = arguments.fps, arguments.out
    frames = round(arguments.seconds * fps)
    seconds = float(frames / fps)
    renderer = FilmRenderer(width=width, height=height, fps=float(fps), tiles=Tiles(folder=arguments.textures),
                            seed=arguments.seed, clutter=arguments.clutter)  # fmt: skip
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".stage-") as folder:
        partial, sound = Path(folder) / "film.mp4", None
        if not arguments.silent:
            oneshots = load_oneshots(folder=arguments.oneshots) if arguments.oneshots else None
            random = np.random.default_rng([arguments.seed, 1])
            sound = Path(folder) / "sound.wav"
            made = render_sound(scene.events, seconds, random, oneshots)
            soundfile.write(sound, made.sound, SAMPLE_RATE, subtype="FLOAT")
        command = encode_arguments(program=program, size=(width, height), fps=fps, sound=sound, out=partial)
        with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
            try:
                for frame in renderer.film(scene=scene, frames=frames):
                    encoder.stdin.write(frame.tobytes())
                encoder.stdin.close()
            except BrokenPipeError:
                pass  # its own message is on stderr, its status below
        if encoder.returncode != 0:
            raise SystemExit(f"ffmpeg ended with status {encoder.returncode}; no film was written")
        shutil.move(partial, out)
    path = out.with_suffix(".json")
    path.write_text(written(labels(scene=scene, file=out.name, seconds=seconds, fps=fps)))
    return path


def size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    numbers = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= n <= 4096 and n % 2 == 0 for n in numbers):
        raise argparse.ArgumentTypeError(f"{text!r}: expected WIDTHxHEIGHT, even numbers from 16 to 4096")
    return numbers


def rate(text: str) -> Fraction:
    try:
        fps = Fraction(text)
    except (ValueError, ZeroDivisionError):
        fps = Fraction(0)
    if not 1 <= fps <= 240:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected frames per second from 1 to 240, such as 25 or 30000/1001"
        )
    return fps


def length(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.2 <= seconds <= 600:
        raise argparse.ArgumentTypeError(f"{text!r}: expected seconds from 0.2 to 600")
    return seconds


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training.stage", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=length, default=10.0)
    parser.add_argument("--actor", choices=KINDS, help="any if not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=size, default=(512, 288))
    parser.add_argument("--fps", type=rate, default=Fraction(25))
    parser.add_argument("--textures", type=Path, help="folder of ambientCG's contact sheets; noise without it")
    parser.add_argument("--oneshots", type=Path, help="folder of recordings; synthesis without it")
    parser.add_argument("--silent", action="store_true", help="no audio track")
    parser.add_argument("--clutter", action="store_true", help="distractions, a shaky camera and grain")
    parsed = parser.parse_args(arguments)
    if parsed.out.suffix.lower() != ".mp4":
        parser.error(f"--out: expected a name that ends in .mp4, got {parsed.out.name!r}")
    for name in ("textures", "oneshots"):
        if (folder := getattr(parsed, name)) is not None and not folder.is_dir():
            parser.error(f"--{name}: no such folder: {folder}")
    return parsed


def main() -> None:
    arguments = parse()
    program = shutil.which(os.environ.get("FFMPEG_BIN", "ffmpeg"))
    if program is None:
        sys.exit("ffmpeg was not found: install it, or set FFMPEG_BIN to its path")
    torch.set_num_threads(1)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    scene = draw_scene(duration_sec=arguments.seconds, rng=np.random.default_rng(arguments.seed), actor=arguments.actor)
    path = write_film(arguments=arguments, scene=scene, program=program)
    print(f"{arguments.out} and {path.name}: {json.loads(path.read_text())['description']}")


if __name__ == "__main__":
    main()
