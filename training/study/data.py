"""Features and latents of the study, made once: features for each rate, latents shared by all."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.augmentation import recolour
from training.codec import load_codec, load_latent_statistics
from training.config import VisualConfig
from training.dataset import encode_sound, events_of, features_of
from training.encoder import MotionEncoder
from training.export import codec_graphs, motion_graph, write_pack
from training.oneshots import OneShots
from training.onnx_graph import Graph
from training.pairs import Pair, Picture, long_enough
from training.pictures import RealPictures
from training.real import load_clips
from training.stage.events import Event
from training.stage.sound import render_sound
from training.study.budgets import TABLE_2_RATE, Budget, visual_config
from training.study.scenes import SCENE_SEC, read_chunk, render_chunks, sounding
from training.study.sight import at_rate, train_sight
from training.whole_file import whole_file

SEED_OF_SCENES = 70
SEED_OF_ENCODER_SCENES = 71
SOUNDINGS = 2
VIEWS = 4
SIDE = 64


@dataclass
class Corpus:
    """Pictures of one rate, as `visual` sees them, and their soundings."""

    visual: VisualConfig
    pictures: list[Picture]
    pairs: list[Pair]


def stored_rate(fps: int) -> int:
    """What the stage is rendered at: 5 fps are every second frame of 10 fps."""
    return TABLE_2_RATE if fps == TABLE_2_RATE else 10


def save(value: object, path: Path) -> None:
    with whole_file(path) as partial:
        torch.save(value, partial)


class StudyData:
    """Where the study keeps what its rows share. `oneshots` are the training recordings; `clips` real ones, if any."""

    def __init__(
        self,
        *,
        folder: Path,
        cache: Path,
        budget: Budget,
        textures: Path | None,
        clips: Path | None,
        oneshots: OneShots | None,
    ) -> None:
        self.folder, self.cache, self.budget = folder, cache, budget
        self.textures, self.clips, self.oneshots = textures, clips, oneshots
        folder.mkdir(parents=True, exist_ok=True)

    def scenes(self, *, fps: int, encoder: bool) -> list[Path]:
        count = self.budget.encoder_scenes if encoder else self.budget.scenes
        return render_chunks(
            folder=self.folder / "scenes",
            count=count,
            seed=SEED_OF_ENCODER_SCENES if encoder else SEED_OF_SCENES,
            rate=stored_rate(fps),
            size=SIDE,
            textures=self.textures,
        )

    def encoder(self, *, fps: int, device: torch.device) -> MotionEncoder:
        return train_sight(
            path=self.folder / f"encoder-{fps}fps.pt",
            config=visual_config(fps=fps),
            taught=self.scenes(fps=fps, encoder=True),
            watched=self.scenes(fps=fps, encoder=False),
            stored=stored_rate(fps),
            steps=self.budget.encoder_steps,
            start=self.cache / "encoder-stage.pt",
            device=device,
        )

    def features(self, *, fps: int, device: torch.device) -> list[torch.Tensor]:
        """float16 `[T, D]` of each scene, then of each view of each real clip."""
        path = self.folder / f"features-{fps}fps.pt"
        if not path.exists():
            encoder = self.encoder(fps=fps, device=device)
            made = []
            for chunk in self.scenes(fps=fps, encoder=False):
                frames = at_rate(read_chunk(chunk)[0], stored=stored_rate(fps), fps=fps)
                made += [features_of(encoder=encoder, frames=torch.from_numpy(f).float() / 255) for f in frames]
            made += self.real_features(encoder=encoder, config=visual_config(fps=fps))
            save(made, path)
        return torch.load(path)

    def real_features(self, *, encoder: MotionEncoder, config: VisualConfig) -> list[torch.Tensor]:
        """The clip as it is, then mirrored, relit crops; the encoder learned from none of them."""
        made = []
        for clip in self.real_clips(config.rate):
            view = RealPictures(clips=[clip], config=config, frames=1, seed=SEED_OF_SCENES)
            frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2).float().div(255)
            for variant in range(VIEWS):
                shown = view.crop(frames, whole=variant == 0)
                shown = recolour(shown.unsqueeze(0))[0] if variant else shown
                made.append(features_of(encoder=encoder, frames=shown))
        return made

    def real_clips(self, rate: float) -> list:
        return load_clips(self.clips, split="train", rate=rate, cache=self.folder) if self.clips else []

    @torch.no_grad()
    def latents(self) -> list[tuple[int, torch.Tensor]]:
        """(picture, normalised float16 `[N, C]`): two soundings of each picture; no microphone sound anywhere."""
        path = self.folder / "latents.pt"
        if not path.exists():
            codec = load_codec(self.cache / "codec.pt")
            mean, std = load_latent_statistics(self.cache / "codec.pt")
            made = []
            for index, (events, seconds) in enumerate(self.happenings()):
                random = np.random.default_rng((SEED_OF_SCENES, index))
                for _ in range(SOUNDINGS):
                    sound = render_sound(events, seconds, random, self.oneshots).sound
                    made.append((index, encode_sound(codec=codec, sound=sound, mean=mean, std=std)))
            save(made, path)
        return torch.load(path)

    def happenings(self) -> list[tuple[list, float]]:
        """Sounding events and seconds of every picture, in the order of `features`."""
        chunks = [read_chunk(path)[1] for path in self.scenes(fps=10, encoder=False)]
        made = [(sounding(events), SCENE_SEC) for scenes in chunks for events in scenes]
        random = np.random.default_rng(SEED_OF_SCENES)
        for clip in self.real_clips(5):
            events = events_of(clip=clip, speed=1.0, random=random)
            made += [(events, clip.duration_sec)] * VIEWS
        return made

    def source(self, index: int) -> str:
        """Of a picture: half of each batch is `real` where there are such."""
        return "stage" if index < self.budget.scenes else "real"

    def first_events(self) -> list[Event]:
        """What sounds in the first picture: the example that slides."""
        return sounding(read_chunk(self.scenes(fps=10, encoder=False)[0])[1][0])

    def corpus(self, *, fps: int, device: torch.device) -> Corpus:
        features, latents = self.features(fps=fps, device=device), self.latents()
        pictures = [Picture(self.source(i), value, [], len(value) / fps) for i, value in enumerate(features)]
        pairs = [Pair(index, value, [], []) for index, value in latents]
        pairs = long_enough(pairs=pairs, pictures=pictures, seconds=self.budget.flow.window_sec)
        return Corpus(self.visual(fps=fps), pictures, pairs)

    def shared_graphs(self, *, fps: int) -> Path:
        """A folder with the graphs that every row of a rate has: this rate's encoder and the codec's decoder."""
        out = self.folder / f"graphs-{fps}fps"
        if not (out / "manifest.json").exists():
            codec = load_codec(self.cache / "codec.pt")
            mean, std = load_latent_statistics(self.cache / "codec.pt")
            decoder = next(graph for graph in codec_graphs(codec, mean=mean, std=std) if graph.name == "decoder")
            encoder = self.encoder_graph(fps=fps)
            write_pack(out=out, graphs=[encoder, decoder], manifest={})
        return out

    def encoder_graph(self, *, fps: int) -> Graph:
        return motion_graph(self.encoder(fps=fps, device=torch.device("cpu")))

    def visual(self, *, fps: int) -> VisualConfig:
        return visual_config(fps=fps)

    def describe_visual(self) -> dict:
        """What the manifest has to say of the picture beside the config: nothing for the bundled encoder."""
        return {}

    def describe(self) -> dict:
        """What the results say of the data."""
        found = sorted(self.folder.glob("encoder-*fps.pt"))
        marks = {p.stem.split("-")[1]: torch.load(p, map_location="cpu")["ap100"] for p in found}
        views = len(self.real_clips(5)) * VIEWS
        return {"scenes": self.budget.scenes, "realViews": views, "soundings": SOUNDINGS, "encoderAp100": marks}


def write_json(value: object, path: Path) -> None:
    with whole_file(path) as partial:
        partial.write_text(json.dumps(value, indent=1) + "\n")
