"""A folder of stage clips to measure on, drawn as the training draws them, at a seed of its own.

    python -m training.stage.collection --out DIR --count 50 --seed 999 [--textures DIR] [--oneshots DIR]

Writes clip-NN.mp4 (25 fps, the pictures of training enlarged, the sound placed to the sample) and clips.json with
split "stage", for `bench/quality.mjs`. Seeds below 100 belong to the training.
"""

import argparse
import json
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import torch

from training.config import SAMPLE_RATE, VisualConfig
from training.oneshots import load_oneshots
from training.stage.__main__ import labels
from training.stage.backdrop import Textures
from training.stage.events import KIND_WEIGHTS, KINDS, draw_scene
from training.stage.picture import StageRenderer
from training.stage.sound import render_sound

SECONDS = 10.0
SHOWN = 256
TOGETHER = 5


def write_clip(*, frames: torch.Tensor, sound: np.ndarray, rate: float, path: Path) -> None:
    """`frames` `[T, 3, R, R]` in 0..1 and mono `sound` as H.264 and AAC."""
    side = frames.shape[-1]
    pixels = frames.mul(255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "sound.wav"
        soundfile.write(wav, sound, SAMPLE_RATE, subtype="PCM_24")
        picture = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{side}x{side}", "-r", f"{rate:g}", "-i", "-")
        encode = ("-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "256k")
        source = ("ffmpeg", "-v", "error", "-y", *picture, "-i", str(wav))
        command = (*source, "-vf", f"scale={SHOWN}:{SHOWN}", *encode, str(path))
        subprocess.run(command, input=pixels.tobytes(), check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=999)
    parser.add_argument("--textures", type=Path)
    parser.add_argument("--oneshots", type=Path)
    arguments = parser.parse_args()
    if arguments.seed < 100:
        parser.error("seeds below 100 belong to the training")
    config, random = VisualConfig(), np.random.default_rng(arguments.seed)
    textures = Textures(folder=arguments.textures, device=torch.device("cpu"))
    renderer = StageRenderer(config=config, textures=textures, seed=arguments.seed, device=torch.device("cpu"))
    oneshots = load_oneshots(folder=arguments.oneshots).split(kind="test") if arguments.oneshots else None
    arguments.out.mkdir(parents=True, exist_ok=True)
    entries: list[dict] = []
    while len(entries) < arguments.count:
        actor = str(random.choice(KINDS, p=KIND_WEIGHTS))
        scenes = [draw_scene(duration_sec=SECONDS, rng=random, actor=actor) for _ in range(TOGETHER)]
        shown = renderer.render(scenes=scenes, frames=int(SECONDS * config.rate))
        for scene, frames in zip(scenes, shown, strict=True):
            name = f"clip-{len(entries):02d}.mp4"
            sound = render_sound(scene.events, SECONDS, random, oneshots).sound
            write_clip(frames=frames, sound=sound, rate=config.rate, path=arguments.out / name)
            entries.append(labels(scene=scene, file=name, seconds=SECONDS, fps=Fraction(int(config.rate))))
    (arguments.out / "clips.json").write_text(json.dumps(entries[: arguments.count], indent=1) + "\n")


if __name__ == "__main__":
    main()
