"""A finished pack, used as the application uses it: its codec by ONNX Runtime, its sound by the command line."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile

from training.config import SAMPLE_RATE, SAMPLES_PER_LATENT

CLI = "out/cli/index.mjs"


class PackCodec:
    """The two codec graphs of a pack: waveform float32 [L] at 48 kHz to waveform [L]."""

    def __init__(self, pack: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.encoder, self.decoder = (
            onnxruntime.InferenceSession(str(pack / name), options, providers=["CPUExecutionProvider"])
            for name in ("audio-encoder.onnx", "decoder.onnx")
        )

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        padded = np.pad(sound, (0, -len(sound) % SAMPLES_PER_LATENT)).astype(np.float32)
        (latents,) = self.encoder.run(None, {"waveform": padded[None]})
        (decoded,) = self.decoder.run(None, {"latents": latents})
        return decoded[0, : len(sound)]


def foley(*arguments: str | Path | float) -> dict:
    """What `foley <arguments> --json` answers. Run from the repository's root, after `npm run build`."""
    command = ["node", CLI, *map(str, arguments), "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def generate(film: Path, *options: str | Path | float, pack: Path) -> np.ndarray:
    """The generated track of `film`, float32 [L] at 48 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        stem = Path(folder) / "stem.wav"
        output = ("-o", Path(folder) / "film.mp4", "--stem", stem)
        foley("generate", film, *output, "--model", pack, "--provider", "cpu", *options)
        sound, rate = soundfile.read(stem, dtype="float32")
    if rate != SAMPLE_RATE:
        raise ValueError(f"generated sound of {film}: expected {SAMPLE_RATE} Hz, got {rate}")
    return sound


def films_in(folder: Path, *, count: int) -> list[Path]:
    """The first `count` films of a folder, by name."""
    films = sorted(path for path in folder.iterdir() if path.suffix in (".mp4", ".mov"))[:count]
    if not films:
        raise FileNotFoundError(f"no film in {folder}: expected .mp4 or .mov")
    return films


def markdown(headings: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, ["---"] * len(headings), *rows))
