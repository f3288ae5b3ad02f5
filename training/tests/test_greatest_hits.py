"""The loader of the full data set, on a folder of its shape made of stage clips."""

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from training import greatest_hits
from training.clip import ClipConfig, ClipVision
from training.config import SAMPLE_RATE
from training.greatest_hits import (
    DataSetError,
    GreatestHitsData,
    Segment,
    clip_features,
    normalised,
    segments,
    sound_of,
)
from training.study.budgets import BUDGETS, visual_config
from training.study.clips import cut, write_film
from training.study.scenes import read_chunk, render_chunks

SOUND_RATE = 44_100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three recordings of 21, 10 and 9.5 s: two, one and no segment. The sound says where it is from by its level."""
    root = tmp_path_factory.mktemp("hits")
    (chunk,) = render_chunks(folder=root / "work", count=1, seed=3, rate=10.0, size=32, textures=None, seconds=2.0)
    frames = np.tile(read_chunk(chunk)[0][0], (32, 1, 1, 1))  # 640 frames at 30 fps: 21.3 s
    for name, seconds in (("a", 21.0), ("b", 10.0), ("c", 9.5)):
        write_film(
            frames=frames[: round(seconds * 30)],
            sound=np.zeros(round(seconds * SAMPLE_RATE), np.float32),
            path=root / f"{name}_denoised.mp4",
        )
        level = 0.1 + 0.02 * np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
        soundfile.write(root / f"{name}_denoised.wav", level.astype(np.float32), SOUND_RATE, subtype="FLOAT")
    (root / "train.txt").write_text("a\nc\n")
    (root / "test.txt").write_text("b\n")
    return root


def test_whole_ten_second_pieces_of_the_official_split(folder: Path) -> None:
    assert [(s.name, s.start_sec) for s in segments(root=folder, split="train")] == [("a", 0.0), ("a", 10.0)]
    assert [(s.name, s.start_sec) for s in segments(root=folder, split="test")] == [("b", 0.0)]


def test_sound_is_the_denoised_one_at_48_khz_from_the_segments_start(folder: Path) -> None:
    sound = sound_of(segments(root=folder, split="train")[1])
    assert sound.shape == (480_000,) and sound.dtype == np.float32
    assert sound[1_000] == pytest.approx(0.1 + 0.02 * (10 + 1_000 / SAMPLE_RATE), abs=2e-3)


def test_features_are_of_each_frame_by_itself(folder: Path) -> None:
    torch.manual_seed(0)
    tower = ClipVision(config=ClipConfig(width=64, layers=1, heads=1, mlp_width=64, image=32, patch=16)).eval()
    first, second = segments(root=folder, split="train")
    given = {"tower": tower, "fps": 5, "device": torch.device("cpu")}
    features = clip_features(segment=second, **given)
    assert features.shape == (50, 64) and features.dtype == torch.float16
    # The film repeats after 20 frames of 30 fps: after 2 s (10 frames at 5 fps, 60 of the film) it is the same again.
    assert torch.allclose(features[:10].float(), features[10:20].float(), atol=0.1)
    assert features.float().std(0).mean() > 0.01
    assert clip_features(segment=first, **given).shape == (50, 64)


def test_every_clip_is_drawn_alike(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = replace(BUDGETS["smoke"], scenes=1)  # fewer than clips, as in the budget `paper`
    given = {"root": folder, "checkpoint": tmp_path / "none", "cache": tmp_path, "clips": None}
    data = GreatestHitsData(folder=tmp_path / "data", budget=budget, **given)
    monkeypatch.setattr(data, "features", lambda **_: [torch.zeros(50, 8)] * 2)
    monkeypatch.setattr(data, "latents", lambda: [(0, torch.zeros(500, 128)), (1, torch.zeros(500, 128))])
    monkeypatch.setattr(data, "visual", visual_config)
    corpus = data.corpus(fps=5, device=torch.device("cpu"))
    assert len(corpus.pairs) == 2 and {picture.source for picture in corpus.pictures} == {"greatest-hits"}


def test_clip_sees_the_middle_of_a_wide_film_undistorted(tmp_path: Path) -> None:
    """Black sides and a white middle square of 64 x 64: a tower that is shown nothing but white."""
    shown = []

    class Tower(ClipVision):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            shown.append(pixels)
            return torch.zeros(len(pixels), 8)

    film = tmp_path / "wide.mp4"
    source = "color=black:s=128x64:r=5:d=10,drawbox=x=32:w=64:color=white:t=fill"
    subprocess.run(("ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv444p", str(film)), check=True)
    segment = Segment(name="wide", split="train", picture=film, sound=film, start_sec=0.0)
    tower = Tower(config=ClipConfig(width=64, layers=1, heads=1, mlp_width=64, image=32, patch=16))
    clip_features(tower=tower, segment=segment, fps=1, device=torch.device("cpu"))
    white = normalised(np.full((1, 32, 32, 3), 255, np.uint8))
    assert shown[0].shape == (10, 3, 32, 32)
    assert (shown[0] - white).abs().max() < 0.1


def test_a_film_of_a_segment_has_the_denoised_sound(folder: Path, tmp_path: Path) -> None:
    segment = segments(root=folder, split="train")[1]
    path = tmp_path / "piece.mp4"
    cut(source=segment.picture, sound=segment.sound, start=segment.start_sec, seconds=2.0, path=path)
    raw = subprocess.run(
        ("ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", "48000", "-f", "f32le", "-"),
        check=True,
        capture_output=True,
    ).stdout
    assert abs(len(raw) / 4 / SAMPLE_RATE - 2.0) < 0.05
    assert np.abs(np.frombuffer(raw, np.float32)).max() > 1e-3  # the film's own track is silent


def test_what_is_not_the_data_set_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="expected the official lists"):
        segments(root=tmp_path, split="train")
    # With as many recordings as the whole set has, other counts than the paper's are an error.
    monkeypatch.setattr(greatest_hits, "WHOLE_RECORDINGS", 3)
    with pytest.raises(DataSetError, match="2 clips in train of the whole set; expected 2251"):
        segments(root=folder, split="train")
    monkeypatch.setattr(greatest_hits, "WHOLE_CLIPS", {"train": 2, "test": 1})
    assert len(segments(root=folder, split="train")) == 2
    (tmp_path / "train.txt").write_text("a\nb\n")
    (tmp_path / "test.txt").write_text("b\n")
    with pytest.raises(DataSetError, match="in both lists, such as b"):
        segments(root=tmp_path, split="train")
    (tmp_path / "test.txt").write_text("d\n")
    with pytest.raises(DataSetError, match="a lacks a_denoised.mp4"):
        segments(root=tmp_path, split="train")
