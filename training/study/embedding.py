"""A stand-in for VGGish: an embedding of sound trained on the one-shots, for a Frechet distance that is not the FAD.

It learns to tell the materials of the training recordings (and of synthesised impacts) apart; the 64 numbers before
the last layer, one vector for each 0.32 s, are what the distance is taken over. The graph is what `foley evaluate
--embedding` asks for: waveform `[1, n]` at 16 kHz -> `[frames, 64]`.
"""

from pathlib import Path

import librosa
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from training.config import SAMPLE_RATE
from training.materials import MATERIALS
from training.oneshots import OneShots
from training.onnx_graph import TOLERANCE, Graph, export_graph
from training.stage.impacts import synthesise_impact

RATE = 16_000
WINDOW, HOP, MELS = 400, 160, 64
FRAMES_PER_VECTOR = 32
WIDTH = 64
SECONDS = 0.96
NAME = "one-shot embedding: materials of the training recordings, 64 numbers each 0.32 s (not VGGish, not FAD)"


class SoundEmbedding(nn.Module):
    """Log-mel spectrogram (25 ms, 10 ms) by convolution, three convolutions in time, mean over 0.32 s."""

    def __init__(self) -> None:
        super().__init__()
        time = torch.arange(WINDOW, dtype=torch.float64)
        bins = torch.arange(WINDOW // 2 + 1, dtype=torch.float64)
        angle = 2 * torch.pi * bins.unsqueeze(1) * time / WINDOW
        window = torch.hann_window(WINDOW, dtype=torch.float64)
        basis = torch.cat([torch.cos(angle), torch.sin(angle)]) * window
        self.register_buffer("basis", basis.float().unsqueeze(1))
        mel = librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=MELS, fmin=60)
        self.register_buffer("mel", torch.from_numpy(mel).float().unsqueeze(-1))
        self.convolutions = nn.ModuleList(nn.Conv1d(MELS if i == 0 else WIDTH, WIDTH, 5, padding=2) for i in range(3))
        self.classify = nn.Linear(WIDTH, len(MATERIALS))

    def forward(self, waveform: torch.Tensor) -> torch.Tensor:
        """`[B, n]` -> `[B, frames, 64]`; with one waveform, `[1, frames, 64]`."""
        pad = FRAMES_PER_VECTOR * HOP
        spectrum = F.conv1d(F.pad(waveform, (0, pad)).unsqueeze(1), self.basis, stride=HOP)
        real, imaginary = spectrum.chunk(2, 1)
        x = torch.log(F.conv1d(real.square() + imaginary.square(), self.mel) + 1e-5) / 5.0
        for convolution in self.convolutions:
            x = F.gelu(convolution(x))
        return F.avg_pool1d(x, FRAMES_PER_VECTOR).transpose(1, 2)


def examples(
    *, oneshots: OneShots | None, random: np.random.Generator, synthesised: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sounds `[K, 15360]` at 16 kHz and their materials' indices."""
    count = round(SECONDS * RATE)
    sounds, labels = [], []

    def add(sound: np.ndarray, material: str) -> None:
        low = librosa.resample(
            sound[: round(SECONDS * SAMPLE_RATE)].astype(np.float32), orig_sr=SAMPLE_RATE, target_sr=RATE
        )
        sounds.append(np.pad(low[:count], (0, max(count - len(low), 0))))
        labels.append(MATERIALS.index(material))

    for shot in oneshots or ():
        if shot.material is not None:
            add(shot.trimmed, shot.material)
    for _ in range(synthesised):
        for material in MATERIALS:
            add(synthesise_impact(material, strength=float(random.uniform(0.2, 1.0)), rng=random), material)
    return np.stack(sounds), np.array(labels)


def train_embedding(*, path: Path, oneshots: OneShots | None, steps: int, seed: int = 0) -> Path:
    """The graph at `path`, made if it is not there."""
    if path.exists():
        return path
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    sounds, labels = examples(oneshots=oneshots, random=random, synthesised=1 if steps < 10 else 30)
    model = SoundEmbedding()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    correct = 0.0
    for _ in range(steps):
        pick = random.integers(0, len(sounds), 48)
        gain = 10 ** random.uniform(-1.2, 0.0, (48, 1))
        shift = int(random.integers(0, RATE // 5))
        wave = torch.from_numpy(np.roll(sounds[pick] * gain, shift, 1)).float()
        logits = model.classify(model(wave).mean(1))
        target = torch.from_numpy(labels[pick])
        loss = F.cross_entropy(logits, target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        correct = 0.95 * correct + 0.05 * float((logits.argmax(1) == target).float().mean())
    print(f"embedding: {len(sounds)} sounds, {steps} steps, {correct:.2f} of the materials told", flush=True)
    partial = path.with_name("embedding.partial.onnx")
    graph = Graph(
        "embedding",
        model.eval(),
        {"waveform": torch.randn(1, RATE) * 0.1},
        {"embedding": (1, "frames", WIDTH)},
        {"waveform": {1: "n"}},
    )
    error = export_graph(graph, partial)
    if not error < TOLERANCE:
        raise RuntimeError(f"embedding: ONNX differs from PyTorch by {error:.2e}; expected < {TOLERANCE:g}")
    partial.replace(path)
    return path
