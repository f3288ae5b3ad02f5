"""The full Greatest Hits data set (Owens et al. 2016) as the paper uses it: for whoever has it.

    python -m training.greatest_hits --root DIR        # counts, and says whether it is whole

DIR holds `ID_denoised.mp4` (or the 256-pixel `ID_denoised_thumb.mp4`), `ID_denoised.wav`, and the official lists
`train.txt` and `test.txt` of IDs. Every recording is cut into ten-second pieces that do not overlap; the rest is left
out. On the whole set of 977 recordings these are 2,251 training and 744 test clips, and anything else is an error.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
import soundfile
import torch

from training.clip import CLIP_MEAN, CLIP_STD, ClipVision, clip_graph, load_clip
from training.codec import load_codec, load_latent_statistics
from training.config import SAMPLE_RATE, VisualConfig
from training.dataset import encode_sound
from training.onnx_graph import Graph
from training.real import read_frames
from training.stage.events import Event
from training.study.clips import cut
from training.study.data import StudyData, save

SEGMENT_SEC = 10.0
WHOLE_RECORDINGS = 977
WHOLE_CLIPS = {"train": 2_251, "test": 744}
PICTURES = ("{name}_denoised.mp4", "{name}_denoised_thumb.mp4")
BATCH = 64
FIT = "cover"  # CLIP's own: the short side fills the square, the middle is kept


class DataSetError(ValueError):
    """A folder that is not the data set, or not all of it."""


@dataclass(frozen=True)
class Segment:
    """Ten seconds of one recording from `start_sec` on."""

    name: str
    split: str
    picture: Path
    sound: Path
    start_sec: float


def recordings(*, root: Path, split: str) -> list[str]:
    """IDs of the official split, in its order."""
    path = root / f"{split}.txt"
    if not path.is_file():
        raise DataSetError(f"no {path.name} in {root}; expected the official lists train.txt and test.txt")
    return [Path(line.strip()).name.removesuffix("_denoised") for line in path.read_text().split() if line.strip()]


def segments(*, root: Path, split: str) -> list[Segment]:
    """Every whole ten-second piece of the split, in order.

    Raises DataSetError if a file is missing, or if the set is whole by its lists and the pieces are not as many as the
    paper has.
    """
    names = {kind: recordings(root=root, split=kind) for kind in WHOLE_CLIPS}
    if both := set(names["train"]) & set(names["test"]):
        raise DataSetError(f"{len(both)} recordings are in both lists, such as {min(both)}; expected none")
    found = []
    for name in names[split]:
        sound = root / f"{name}_denoised.wav"
        pictures = [path for form in PICTURES if (path := root / form.format(name=name)).is_file()]
        if not sound.is_file() or not pictures:
            raise DataSetError(f"{name} lacks {sound.name if pictures else PICTURES[0].format(name=name)} in {root}")
        count = int(soundfile.info(sound).duration / SEGMENT_SEC + 1e-3)
        found += [Segment(name, split, pictures[0], sound, index * SEGMENT_SEC) for index in range(count)]
    total = sum(map(len, names.values()))
    if total == WHOLE_RECORDINGS and len(found) != WHOLE_CLIPS[split]:
        raise DataSetError(f"{len(found)} clips in {split} of the whole set; expected {WHOLE_CLIPS[split]}")
    return found


def sound_of(segment: Segment) -> np.ndarray:
    """De-noised sound, mono float32 `[480000]` at 48 kHz."""
    rate, count = soundfile.info(segment.sound).samplerate, round(SEGMENT_SEC * SAMPLE_RATE)
    first, frames = round(segment.start_sec * rate), round(SEGMENT_SEC * rate)
    sound, _ = soundfile.read(segment.sound, start=first, frames=frames, dtype="float32", always_2d=True)
    sound = librosa.resample(sound.mean(1), orig_sr=rate, target_sr=SAMPLE_RATE)[:count]
    return np.pad(sound, (0, count - len(sound)))


def normalised(frames: np.ndarray) -> torch.Tensor:
    """uint8 `[T, H, W, 3]` -> `[T, 3, H, W]`, as CLIP was trained."""
    shown = torch.from_numpy(frames.copy()).permute(0, 3, 1, 2).float() / 255
    return (shown - torch.tensor(CLIP_MEAN).view(1, 3, 1, 1)) / torch.tensor(CLIP_STD).view(1, 3, 1, 1)


@torch.no_grad()
def clip_features(*, tower: ClipVision, segment: Segment, fps: int, device: torch.device) -> torch.Tensor:
    """float16 `[10 fps, W]`: the CLS token of the frame on screen at each instant, every frame by itself."""
    until = segment.start_sec + SEGMENT_SEC
    frames = read_frames(segment.picture, rate=float(fps), until_sec=until, size=tower.config.image, fit=FIT)
    frames = frames[round(segment.start_sec * fps) :][: round(SEGMENT_SEC * fps)]
    parts = [tower(normalised(frames[at : at + BATCH]).to(device)) for at in range(0, len(frames), BATCH)]
    return torch.cat(parts).half().cpu()


class GreatestHitsData(StudyData):
    """The study's data from the full set, with CLIP as the encoder; each segment's features and latents are cached."""

    def __init__(self, *, root: Path, checkpoint: Path, **common) -> None:
        super().__init__(textures=None, oneshots=None, **common)
        self.root, self.checkpoint = root, checkpoint
        self.segments = segments(root=root, split="train")

    def features(self, *, fps: int, device: torch.device) -> list[torch.Tensor]:
        folder = self.folder / f"clip-{fps}fps"
        folder.mkdir(exist_ok=True)
        tower = None
        made = []
        for segment in self.segments:
            path = folder / f"{segment.name}-{segment.start_sec:04.0f}.pt"
            if not path.exists():
                tower = tower or load_clip(self.checkpoint).to(device)
                save(clip_features(tower=tower, segment=segment, fps=fps, device=device), path)
            made.append(torch.load(path))
        return made

    @torch.no_grad()
    def latents(self) -> list[tuple[int, torch.Tensor]]:
        folder = self.folder / "latents"
        folder.mkdir(exist_ok=True)
        codec = load_codec(self.cache / "codec.pt")
        mean, std = load_latent_statistics(self.cache / "codec.pt")
        made = []
        for index, segment in enumerate(self.segments):
            path = folder / f"{segment.name}-{segment.start_sec:04.0f}.pt"
            if not path.exists():
                save(encode_sound(codec=codec, sound=sound_of(segment), mean=mean, std=std), path)
            made.append((index, torch.load(path)))
        return made

    def happenings(self) -> list[tuple[list, float]]:
        """The set's sound is its own: no events are rendered, and none are known here."""
        return [([], SEGMENT_SEC)] * len(self.segments)

    def source(self, index: int) -> str:
        """All of one kind: every clip is drawn alike."""
        return "greatest-hits"

    def first_events(self) -> list[Event]:
        return []

    def encoder_graph(self, *, fps: int) -> Graph:
        return clip_graph(load_clip(self.checkpoint))

    def visual(self, *, fps: int) -> VisualConfig:
        config = load_clip(self.checkpoint).config
        return VisualConfig(rate=float(fps), size=config.image, bins=0, features=config.width)

    def describe_visual(self) -> dict:
        return {"fit": FIT, "mean": list(CLIP_MEAN), "std": list(CLIP_STD)}

    def test_clips(self, *, folder: Path, seconds: float) -> Path:
        """Test segments as films with the de-noised sound, the first `seconds` of each."""
        folder.mkdir(parents=True, exist_ok=True)
        for segment in segments(root=self.root, split="test"):
            path = folder / f"{segment.name}--{segment.start_sec:03.0f}.mp4"
            if not path.exists():
                cut(source=segment.picture, sound=segment.sound, start=segment.start_sec, seconds=seconds, path=path)
        return folder

    def describe(self) -> dict:
        return {"dataset": "Greatest Hits", "train": len(self.segments), "encoder": "CLIP"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True)
    arguments = parser.parse_args()
    for split, expected in WHOLE_CLIPS.items():
        print(f"{split}: {len(segments(root=arguments.root, split=split))} clips (the whole set: {expected})")


if __name__ == "__main__":
    main()
