"""Train the codec on one-shots and synthesis, on a CPU.

    python -m training.train_codec --oneshots DIR --cache DIR --minutes 100

The encoder first, with the decoder; then the encoder is frozen, so that what learns on its latents may begin; last the
decoder, against discriminators (`training.codec_adversary`), which never changes the latents. From a pack's codec
(`training.restore`) only that is left: `--adversary-minutes 0`.

Writes CACHE/codec.pt (resumable; `training.codec.load_codec` reads it), codec.csv and codec.png. The learning rate
follows the training time spent, not the step, so a slow machine gets fewer steps of the same schedule.
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.codec import CodecConfig, SpectralVae, config_dict
from training.codec_adversary import FFTS, Adversary, Balancer, deception_loss, discrimination_loss, matching_loss
from training.codec_clips import ClipMaker, synthetic_bank
from training.codec_fit import fit_linear_path
from training.codec_losses import LossWeights, divergence, evaluate, latent_statistics, reconstruction_loss
from training.curves import draw_codec
from training.oneshots import load_oneshots
from training.whole_file import whole_file


@dataclass(frozen=True)
class TrainConfig:
    minutes: float = 100.0
    encoder_minutes: float = 6.0  # then the encoder is frozen: latents are final while the decoder learns on
    adversary_minutes: float = 20.0  # then discriminators judge what is decoded; not before the encoder is frozen
    judges: int = 2  # of the discriminators, drawn in each step
    deception_share: float = 1.0  # norms of their losses' gradients, relative to that of the distances
    matching_share: float = 1.0
    adversary_rate: float = 4e-4
    fit_batches: int = 40
    statistics_batches: int = 60
    batch: int = 4
    clip_sec: float = 1.0
    learning_rate: float = 8e-4
    encoder_pace: float = 0.3  # learning rates relative to the decoder's: the linear path is fitted already
    linear_pace: float = 0.05
    warmup_steps: int = 200
    betas: tuple[float, float] = (0.8, 0.95)
    average_decay: float = 0.998
    save_every_sec: float = 240.0
    seed: int = 0
    device: str = "cpu"


def forward(codec: SpectralVae, clips: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Reconstruction [B, L], mean and log-variance. Networks in bfloat16, transforms and head in float32."""
    features = codec.features(clips)
    with torch.autocast(clips.device.type, dtype=torch.bfloat16):
        encoded = codec.encoder(features)
    mean, log_variance = codec.posterior(encoded.float(), features)
    latents = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
    with torch.autocast(clips.device.type, dtype=torch.bfloat16):
        hidden = codec.decoder(latents)
    return codec.synthesise(hidden.float(), latents), mean, log_variance


class Trainer:
    """Everything a checkpoint holds, and the step that moves it."""

    def __init__(self, *, codec_config: CodecConfig, config: TrainConfig, train: ClipMaker, test: ClipMaker) -> None:
        self.config, self.train, self.test = config, train, test
        torch.manual_seed(config.seed)
        self.codec = SpectralVae(config=codec_config).to(config.device)
        self.average = copy.deepcopy(self.codec).requires_grad_(False)
        groups = [
            {"params": [*module.parameters()], "pace": pace}
            for module, pace in (
                (self.codec.decoder, 1.0),
                (self.codec.head, 1.0),
                (self.codec.encoder, config.encoder_pace),
                (self.codec.analysis_map, config.linear_pace),
                (self.codec.synthesis_map, config.linear_pace),
            )
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas, weight_decay=0.01)
        self.weights = LossWeights()
        self.adversary = Adversary().to(config.device)
        self.adversary_optimiser = torch.optim.AdamW(
            self.adversary.parameters(), lr=config.adversary_rate, betas=config.betas, weight_decay=0.01
        )
        self.balancer = Balancer()
        self.step_count, self.elapsed_sec = 0, 0.0
        self.statistics: dict[str, Tensor] | None = None  # of the frozen encoder's latents
        self.rows: list[dict[str, float]] = []
        self.origin: str | None = None  # the pack that the training went on from (training.restore)

    def fit(self) -> float:
        """Begin with a fitted linear path; returns the share of the features' variance it keeps.

        On the CPU, where the clips are drawn: a card would have to hold all of their features.
        """
        fitted = copy.deepcopy(self.average).cpu()
        kept = fit_linear_path(fitted, [self.train.batch(size=8) for _ in range(self.config.fit_batches)])
        for codec in (self.codec, self.average):
            codec.load_state_dict(fitted.state_dict())
        return kept

    def pace(self) -> float:
        """Share of the full learning rates: up over the first steps, down over the minutes."""
        progress = min(1.0, self.elapsed_sec / (60 * self.config.minutes))
        warmup = min(1.0, (self.step_count + 1) / self.config.warmup_steps)
        return warmup * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))

    def step(self) -> tuple[float, float]:
        """One update; returns (reconstruction loss, divergence)."""
        clips = self.train.batch(size=self.config.batch).to(self.config.device)
        if self.statistics is None and self.elapsed_sec >= 60 * self.config.encoder_minutes:
            self.freeze_encoder()
        rng = self.train.rng
        ffts = (int(rng.choice((2048, 1024))), int(rng.choice((256, 128))))
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * self.pace() * group["pace"]
        decoded, mean, log_variance = forward(self.codec, clips)
        reconstruction = reconstruction_loss(decoded, clips, ffts=ffts, weights=self.weights)
        nats = divergence(mean, log_variance)
        judged = self.statistics is not None and self.elapsed_sec >= 60 * self.config.adversary_minutes
        gradient = self.judge(clips, decoded, reconstruction=reconstruction) if judged else None
        self.optimiser.zero_grad()
        if gradient is None:
            (reconstruction + self.weights.divergence * nats).backward()
        else:  # the encoder is frozen: only the decoder learns, and the divergence says nothing
            decoded.backward(gradient)
        torch.nn.utils.clip_grad_norm_(self.codec.parameters(), 2.0)
        self.optimiser.step()
        self.step_count += 1
        decay = min(self.config.average_decay, (1 + self.step_count) / (10 + self.step_count))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.codec.parameters()), 1 - decay)
        return float(reconstruction.detach()), float(nats.detach())

    def judge(self, clips: Tensor, decoded: Tensor, *, reconstruction: Tensor) -> Tensor:
        """One update of some discriminators; returns the decoder's gradient with respect to `decoded` [B, L]."""
        ffts = set(self.train.rng.choice(FFTS, size=self.config.judges, replace=False).tolist())
        recorded, judged = self.adversary(clips, ffts=ffts), self.adversary(decoded, ffts=ffts)
        losses = {
            "distance": (reconstruction, 1.0),
            "deception": (deception_loss(judged), self.config.deception_share),
            "matching": (matching_loss(recorded, judged), self.config.matching_share),
        }
        gradient = self.balancer.gradient(losses, output=decoded)
        for group in self.adversary_optimiser.param_groups:
            group["lr"] = self.config.adversary_rate * self.pace()
        self.adversary_optimiser.zero_grad()
        discrimination_loss(recorded, judged).backward(inputs=[*self.adversary.parameters()], retain_graph=True)
        self.adversary_optimiser.step()
        return gradient

    @staticmethod
    def _encoder(codec: SpectralVae) -> torch.nn.ModuleList:
        return torch.nn.ModuleList([codec.encoder, codec.analysis_map])

    def freeze_encoder(self) -> None:
        """From here on the averaged encoder is the encoder, and what is trained on its latents stays valid."""
        encoder = self._encoder(self.codec)
        encoder.load_state_dict(self._encoder(self.average).state_dict())
        encoder.requires_grad_(False)
        average = copy.deepcopy(self.average).cpu()
        self.statistics = latent_statistics(average, self.train, batches=self.config.statistics_batches)
        print(f"encoder frozen at step {self.step_count}", flush=True)

    def report(self, *, train_loss: float, nats: float) -> None:
        """Measure the averaged weights, log, save checkpoint and curve."""
        self.test.rng = np.random.default_rng(1)  # the same clips each time
        average = copy.deepcopy(self.average).cpu()
        quality = evaluate(average, self.test)
        statistics = self.statistics or latent_statistics(average, self.train)
        progress = {"step": self.step_count, "elapsed_sec": round(self.elapsed_sec, 1)}
        losses = {"train_loss": train_loss, "kl": nats, "latent_std": float(statistics["std"].mean())}
        losses["encoder_frozen"] = float(self.statistics is not None)
        self.rows.append({**progress, **losses, **quality})
        print(" ".join(f"{key} {value:.4g}" for key, value in self.rows[-1].items()), flush=True)

    def save(self, folder: Path) -> None:
        checkpoint = {
            "config": config_dict(self.codec.config),
            "model": self.codec.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "adversary": self.adversary.state_dict(),
            "adversary_optimiser": self.adversary_optimiser.state_dict(),
            "step": self.step_count,
            "elapsed_sec": self.elapsed_sec,
            "rows": self.rows,
            "origin": self.origin,
            "encoder_frozen": self.statistics is not None,
            "latent_statistics": self.statistics or latent_statistics(copy.deepcopy(self.average).cpu(), self.train),
        }
        with whole_file(folder / "codec.pt") as partial:
            torch.save(checkpoint, partial)
        if self.rows:
            with (folder / "codec.csv").open("w", newline="") as file:
                writer = csv.DictWriter(file, fieldnames=list(self.rows[-1]))
                writer.writeheader()
                writer.writerows(self.rows)
            draw_codec(self.rows, path=folder / "codec.png")

    def resume(self, path: Path) -> None:
        checkpoint = torch.load(path, map_location=self.config.device, weights_only=True)
        self.codec.load_state_dict(checkpoint["model"])
        self.average.load_state_dict(checkpoint["average"])
        if checkpoint["optimiser"] is not None:  # None: weights from a pack
            self.optimiser.load_state_dict(checkpoint["optimiser"])
        if "adversary" in checkpoint:  # no pack has one
            self.adversary.load_state_dict(checkpoint["adversary"])
            self.adversary_optimiser.load_state_dict(checkpoint["adversary_optimiser"])
        self.origin = checkpoint.get("origin")
        self.step_count, self.elapsed_sec = checkpoint["step"], checkpoint["elapsed_sec"]
        self.rows = checkpoint["rows"]
        if checkpoint["encoder_frozen"]:
            self.statistics = checkpoint["latent_statistics"]
            self._encoder(self.codec).requires_grad_(False)
        self.train.rng = np.random.default_rng(self.config.seed + self.step_count)  # not the first clips again


def run(trainer: Trainer, *, folder: Path) -> None:
    """Train until the minutes are spent. Measuring and saving do not count as training time."""
    budget, mark = 60 * trainer.config.minutes, trainer.elapsed_sec
    losses: list[tuple[float, float]] = []
    while trainer.elapsed_sec < budget:
        begin = time.perf_counter()
        losses.append(trainer.step())
        trainer.elapsed_sec += time.perf_counter() - begin
        if trainer.elapsed_sec - mark >= trainer.config.save_every_sec or trainer.elapsed_sec >= budget:
            mark = trainer.elapsed_sec
            train_loss, nats = np.mean(losses, axis=0)
            losses = []
            trainer.report(train_loss=float(train_loss), nats=float(nats))
            trainer.save(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oneshots", type=Path, required=True, help="manifest.json and FLAC files")
    parser.add_argument("--cache", type=Path, required=True, help="where audio, checkpoint and curves go")
    parser.add_argument("--minutes", type=float, default=TrainConfig.minutes)
    parser.add_argument("--encoder-minutes", type=float, default=TrainConfig.encoder_minutes)
    parser.add_argument("--adversary-minutes", type=float, default=TrainConfig.adversary_minutes)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu, cuda, or one of several cards: cuda:1")
    parser.add_argument("--learning-rate", type=float, default=TrainConfig.learning_rate)
    parser.add_argument("--batch", type=int, default=TrainConfig.batch)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.cache.mkdir(parents=True, exist_ok=True)
    names = ("minutes", "encoder_minutes", "adversary_minutes", "learning_rate", "batch", "seed", "device")
    config = TrainConfig(**{name: getattr(options, name) for name in names})
    oneshots = load_oneshots(folder=options.oneshots, cache=options.cache)
    makers = {
        kind: ClipMaker(
            oneshots=oneshots.split(kind=kind),
            synthetic=synthetic_bank(count=count, seed=config.seed + index),
            clip_sec=config.clip_sec,
            seed=config.seed + index,
        )
        for index, (kind, count) in enumerate((("train", 1400), ("test", 140)))
    }
    trainer = Trainer(codec_config=CodecConfig(), config=config, train=makers["train"], test=makers["test"])
    checkpoint = options.cache / "codec.pt"
    if checkpoint.is_file():
        trainer.resume(checkpoint)
        print(f"resumed at step {trainer.step_count}, {trainer.elapsed_sec / 60:.1f} minutes", flush=True)
    else:
        print(f"linear path keeps {trainer.fit():.1%} of the features' variance", flush=True)
    run(trainer, folder=options.cache)


if __name__ == "__main__":
    main()
