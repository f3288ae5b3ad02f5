"""Pairs for the transformer: features of a picture, latents of a sound made for it, and the events of both.

    python -m training.dataset pictures --cache DIR --textures DIR --clips DIR     # features, needs the encoders
    python -m training.dataset sounds   --cache DIR --oneshots DIR                 # latents, needs the codec

Stage scenes are sounded by their own events. Real clips are *re-sounded*: licensed one-shots and synthesis at the
refined hit times, no microphone sound anywhere; their features come from the encoder of the fold that never saw them.

[Note: as loud as it looks] Every event sounds as loud as the encoder expects it from these features, which is softer
where it is not sure. What features do not tell, a transformer that samples can only make up: with the loudness of the
events themselves, what 0.5.0 plays is as loud as chance has it.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from training.augmentation import recolour
from training.codec import load_codec, load_latent_statistics
from training.config import LATENT_RATE, SAMPLES_PER_LATENT, VisualConfig, recipe
from training.encoder import MotionEncoder
from training.materials import MATERIALS
from training.oneshots import load_oneshots
from training.pairs import Pair, Picture, load_pictures
from training.pictures import SILENT_DB, RealPictures, resampled
from training.real import Clip, load_clips
from training.stage.backdrop import Textures
from training.stage.events import KIND_WEIGHTS, KINDS, Event, draw_scene
from training.stage.picture import StageRenderer
from training.stage.sound import render_sound
from training.train_encoder import fold_of, load_encoder

STAGE_SEC = 10.0
# How far from an event the picture may say how hard it is: impacts of real clips are seen up to 40 ms off.
SEEN_WITHIN_SEC = 0.06


@torch.no_grad()
def features_of(*, encoder: MotionEncoder, frames: torch.Tensor) -> torch.Tensor:
    """`[T, 3, R, R]` -> float16 `[T, D]`."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return encoder.features(frames.unsqueeze(0))[0].half()


def strength_of(loudness_db: float) -> float:
    """Inverse of the stage's 24 dB range, for hits whose loudness an encoder or a microphone measured."""
    return float(np.clip(1.0 + (loudness_db + 2.0) / 24.0, 0.05, 1.0))


@torch.no_grad()
def as_seen(*, events: list[Event], encoder: MotionEncoder, features: torch.Tensor) -> list[Event]:
    """`events` with the strength that shows in `features` `[T, D]` ([Note: as loud as it looks]).

    That is the greatest expected level within SEEN_WITHIN_SEC of each; what lies outside of the picture stays.
    """
    level = encoder.expected_level(features.float().unsqueeze(0))[0].flatten()
    rate = encoder.config.rate * encoder.config.bins
    seen = []
    for event in events:
        first, last = (round((event.time_sec + side * SEEN_WITHIN_SEC) * rate) for side in (-1, 1))
        near = level[max(first, 0) : max(last + 1, 0)]
        seen.append(event if len(near) == 0 else replace(event, strength=strength_of(float(near.max()))))
    return seen


def stage_pictures(
    *, config: VisualConfig, encoder: MotionEncoder, textures: Textures, count: int, seed: int
) -> list[Picture]:
    """`count` scenes of ten seconds that the encoder was not trained on."""
    renderer = StageRenderer(config=config, textures=textures, seed=seed, device=torch.device("cpu"), compiled=True)
    random = np.random.default_rng(seed)
    pictures: list[Picture] = []
    while len(pictures) < count:
        actor = str(random.choice(KINDS, p=KIND_WEIGHTS))
        scenes = [draw_scene(duration_sec=STAGE_SEC, rng=random, actor=actor) for _ in range(8)]
        frames = renderer.render(scenes=scenes, frames=int(STAGE_SEC * config.rate))
        for scene, shown in zip(scenes, frames, strict=True):
            events = [event for event in scene.sounding if -0.5 < event.time_sec < STAGE_SEC]
            name = f"stage-{actor}-{len(pictures)}"
            features = features_of(encoder=encoder, frames=shown)
            events = as_seen(events=events, encoder=encoder, features=features)
            pictures.append(Picture(name, features, events, STAGE_SEC))
    return pictures


def events_of(*, clip: Clip, speed: float, random: np.random.Generator) -> list[Event]:
    """A clip's hits as events. A hit whose material nobody agreed on takes the clip's most common one."""
    named = [hit.material for hit in clip.hits if hit.material]
    usual = max(set(named), key=named.count) if named else str(random.choice(MATERIALS))
    return [
        Event(
            time_sec=hit.time_sec / speed,
            kind="scratch" if hit.scratch else "hit",
            material=hit.material or usual,
            strength=strength_of(hit.loudness_db),
            duration_sec=float(random.uniform(0.15, 0.4)) if hit.scratch else 0.0,
        )
        for hit in clip.hits
    ]


def real_pictures(
    *, config: VisualConfig, clips: list[Clip], encoders: list[MotionEncoder], variants: int, seed: int
) -> list[Picture]:
    """Each clip `variants` times (cropped, mirrored, relit, slower), seen by the encoder that never learned it."""
    random = np.random.default_rng(seed)
    pictures = []
    for index, clip in enumerate(clips):
        for variant in range(variants):
            speed = 1.0 if variant == 0 else float(random.uniform(0.75, 1.33))
            view = RealPictures(clips=[clip], config=config, frames=1, seed=int(random.integers(2**31)))
            count = int(len(clip.frames) / speed)
            frame_index = resampled(count=count, speed=speed, first=0.0, last=len(clip.frames) - 1)
            frames = torch.from_numpy(clip.frames[frame_index]).permute(0, 3, 1, 2).float().div(255)
            frames = view.crop(frames, whole=variant == 0)
            if variant:
                frames = recolour(view.disturbed(frames).unsqueeze(0))[0]
            encoder = encoders[fold_of(index)]
            features = features_of(encoder=encoder, frames=frames)
            events = events_of(clip=clip, speed=speed, random=random)
            events = as_seen(events=events, encoder=encoder, features=features)
            pictures.append(Picture(clip.name, features, events, len(features) / config.rate))
    return pictures


def make_pictures(arguments: argparse.Namespace) -> None:
    config, cache = recipe(arguments.recipe).visual, arguments.cache
    load = lambda name: load_encoder(cache / f"encoder-{name}.pt", config=config)
    textures = Textures(folder=arguments.textures, device=torch.device("cpu"))
    chosen = "all" if arguments.clips else "stage"
    pictures = stage_pictures(
        config=config, encoder=load(chosen), textures=textures, count=arguments.scenes, seed=arguments.seed + 77
    )
    if arguments.clips:
        clips = load_clips(arguments.clips, split="train", rate=config.rate, cache=cache)
        pictures += real_pictures(
            config=config,
            clips=clips,
            encoders=[load("0"), load("1")],
            variants=arguments.variants,
            seed=arguments.seed + 78,
        )
    torch.save(pictures, cache / "pictures.pt")
    print(f"{len(pictures)} pictures, {sum(p.duration_sec for p in pictures) / 60:.0f} minutes")


@torch.no_grad()
def encode_sound(*, codec: torch.nn.Module, sound: np.ndarray, mean: torch.Tensor, std: torch.Tensor) -> torch.Tensor:
    """Mono 48 kHz -> normalised latents float16 `[N, C]`; a last part shorter than a latent is dropped."""
    whole = len(sound) // SAMPLES_PER_LATENT * SAMPLES_PER_LATENT
    latents, _ = codec.encode(torch.from_numpy(sound[:whole]).unsqueeze(0))
    return ((latents[0].T - mean) / std).half()


def make_sounds(arguments: argparse.Namespace) -> None:
    """`variants` soundings of every picture, in `shards` that can be made side by side."""
    cache = arguments.cache
    codec = load_codec(cache / "codec.pt")
    mean, std = load_latent_statistics(cache / "codec.pt")
    oneshots = load_oneshots(folder=arguments.oneshots, cache=cache).split(kind="train") if arguments.oneshots else None
    pictures = load_pictures(cache)
    pairs = []
    for index, picture in enumerate(pictures):
        if index % arguments.shards != arguments.shard:
            continue
        random = np.random.default_rng((arguments.seed, index))
        for variant in range(arguments.variants):
            events = picture.events
            if variant and random.uniform() < 0.5:  # the picture says where, not always of what
                other = str(random.choice(MATERIALS))
                events = [replace(event, material=other) for event in events]
            made = render_sound(events, picture.duration_sec, random, oneshots)
            latents = encode_sound(codec=codec, sound=made.sound, mean=mean, std=std)
            pairs.append(
                Pair(
                    index, latents, [max(level, SILENT_DB) for level in made.loudness_db], [e.material for e in events]
                )
            )
    torch.save(pairs, cache / f"pairs-{arguments.shard}.pt")
    print(f"{len(pairs)} pairs, {sum(len(pair.latents) for pair in pairs) / LATENT_RATE / 60:.0f} minutes of sound")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pictures", "sounds"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--textures", type=Path)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--oneshots", type=Path)
    parser.add_argument("--recipe", default="hits")
    parser.add_argument("--scenes", type=int, default=320)
    parser.add_argument("--variants", type=int, default=6, help="views of a real clip, or soundings of a picture")
    parser.add_argument("--shard", type=int, default=0)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    (make_pictures if arguments.what == "pictures" else make_sounds)(arguments)


if __name__ == "__main__":
    main()
