"""Training in several sittings: what is kept, what is drawn next, and what is said where something is missing."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from training import curves, dataset, distil, make_pack, restore, train_codec, train_encoder, train_flow
from training.config import VisualConfig
from training.oneshots import OneShots
from training.pairs import Pair, Picture, load_pairs
from training.pictures import StageBuffer

MOMENT_MIN = 1e-6  # over after the first step, however fast it is


class Renderer:
    """Noise in place of the stage; `seeds` are those that it was made with."""

    seeds: list[int] = []

    def __init__(self, *, config: VisualConfig, seed: int, **_: object) -> None:
        self.config = config
        self.seeds.append(seed)

    def render(self, *, scenes: list, frames: int) -> torch.Tensor:
        return torch.rand(len(scenes), frames, 3, self.config.size, self.config.size)


def call(module, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    module.main()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Trains the encoder on the stage until `minutes` are over."""
    monkeypatch.setattr(train_encoder, "StageRenderer", Renderer)
    monkeypatch.setattr(Renderer, "seeds", [])
    given = ("--cache", tmp_path, "--recipe", "tiny", "--buffer", 40)
    return lambda minutes, *more: call(train_encoder, monkeypatch, *given, "--minutes", minutes, *more)


def elapsed_min(path: Path) -> float:
    return torch.load(path, weights_only=False)["elapsed"] / 60


def test_the_encoder_goes_on_with_its_clips_and_new_scenes(tmp_path: Path, stage) -> None:  # type: ignore[no-untyped-def]
    checkpoint, buffer = tmp_path / "encoder-stage.pt", tmp_path / "stage-buffer.pt"
    stage(MOMENT_MIN)
    assert torch.load(checkpoint)["step"] == 1
    first = torch.load(buffer)["pictures"].clone()
    assert len(first) == 16
    stage(elapsed_min(checkpoint) + MOMENT_MIN)
    assert torch.load(checkpoint)["step"] == 2
    second = torch.load(buffer)["pictures"]
    assert len(second) == 32 and torch.equal(second[:16], first)
    assert len(set(Renderer.seeds)) == 2


def test_without_a_stored_buffer_the_stage_is_rendered_anew(tmp_path: Path, stage) -> None:  # type: ignore[no-untyped-def]
    stage(MOMENT_MIN)
    (tmp_path / "stage-buffer.pt").unlink()
    stage(elapsed_min(tmp_path / "encoder-stage.pt") + MOMENT_MIN)
    assert len(torch.load(tmp_path / "stage-buffer.pt")["pictures"]) == 16


def test_where_nothing_is_left_to_do_nothing_is_written(tmp_path: Path, stage, capsys) -> None:  # type: ignore[no-untyped-def]
    stage(MOMENT_MIN)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    stage(MOMENT_MIN)
    assert "nothing to do" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_fine_tune_begins_with_the_stage_or_says_what_makes_it(tmp_path: Path, stage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FileNotFoundError, match=r"encoder-stage\.pt: make it with .*training\.train_encoder"):
        stage(MOMENT_MIN, "--fine-tune", "all")
    stage(MOMENT_MIN)
    (tmp_path / "stage-buffer.pt").rename(tmp_path / "elsewhere.pt")
    with pytest.raises(FileNotFoundError, match=r"stage-buffer\.pt: make it with .*training\.train_encoder"):
        stage(MOMENT_MIN, "--fine-tune", "all")
    (tmp_path / "elsewhere.pt").rename(tmp_path / "stage-buffer.pt")
    stage(MOMENT_MIN, "--fine-tune", "all")
    assert torch.load(tmp_path / "encoder-all.pt")["step"] == 1


@pytest.mark.parametrize(("capacity", "kept"), [(None, 5), (3, 3), (8, 5)])
def test_a_buffer_of_another_size_keeps_the_clips_that_fit(tmp_path: Path, capacity: int | None, kept: int) -> None:
    renderer = Renderer(config=VisualConfig(size=4), seed=0)
    made = StageBuffer(renderer=renderer, capacity=5, frames=train_encoder.FRAMES, seed=0)
    made.render_more(7)
    train_encoder.save_buffer(made, tmp_path / "buffer.pt")
    read = train_encoder.load_buffer(tmp_path / "buffer.pt", renderer=renderer, seed=0, capacity=capacity)
    assert read.rendered == kept and read.capacity == (capacity or 5)
    for name in ("pictures", "impact", "loudness", "material"):
        assert torch.equal(getattr(read, name)[:kept], getattr(made, name)[:kept])


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Trains the transformer on one scene until `minutes` are over; returns what its step was given."""
    scenes = [Picture(f"stage-{i}", torch.rand(250, 16).half(), [], 10.0) for i in range(13)]
    torch.save(scenes, tmp_path / "pictures.pt")
    torch.save([Pair(12, torch.randn(500, 128).half(), [], [])], tmp_path / "pairs-0.pt")
    given: list[torch.Tensor] = []

    def loss(*, latents: torch.Tensor, known_mask: torch.Tensor, **more: object) -> torch.Tensor:
        given.append(torch.cat([latents[..., 0], known_mask, torch.rand(len(latents), 1)], 1))
        return train_flow_loss(latents=latents, known_mask=known_mask, **more)

    train_flow_loss = train_flow.flow_loss
    monkeypatch.setattr(train_flow, "flow_loss", loss)
    monkeypatch.setattr(train_flow, "LONG_FROM", 1.0)  # never: both sittings have the same windows
    monkeypatch.setattr(train_flow, "load_codec", lambda _: None)
    monkeypatch.setattr(train_flow, "load_latent_statistics", lambda _: None)
    monkeypatch.setattr(train_flow, "watch", lambda **_: {"acc": 0.1, "ap": 0.2, "f1": 0.3})
    monkeypatch.setattr(train_flow, "draw", lambda **_: None)

    def train(minutes: float) -> torch.Tensor:
        call(train_flow, monkeypatch, "--cache", tmp_path, "--recipe", "tiny", "--threads", 1, "--minutes", minutes)
        return given[-1]

    return train


def test_the_transformer_goes_on_with_other_windows_masks_and_noise(tmp_path: Path, flow, capsys) -> None:  # type: ignore[no-untyped-def]
    checkpoint = tmp_path / "flow-sape_rope.pt"
    first = flow(MOMENT_MIN)
    assert torch.load(checkpoint, weights_only=False)["step"] == 1
    second = flow(elapsed_min(checkpoint) + MOMENT_MIN)
    assert torch.load(checkpoint, weights_only=False)["step"] == 2
    assert first.shape == second.shape
    assert not torch.equal(first[:, :100], second[:, :100])  # windows of two seconds
    assert not torch.equal(first[:, -1], second[:, -1])  # torch's own numbers: noise, times and masks
    flow(MOMENT_MIN)
    assert "nothing to do" in capsys.readouterr().out
    assert torch.load(checkpoint, weights_only=False)["step"] == 2


def test_the_student_goes_on_with_other_paths(tmp_path: Path, flow, monkeypatch: pytest.MonkeyPatch, capsys) -> None:  # type: ignore[no-untyped-def]
    checkpoint, begun = tmp_path / "distilled-sape_rope.pt", []
    monkeypatch.setattr(distil, "draw_curves", lambda **_: None)
    plain = distil.begin
    monkeypatch.setattr(distil, "begin", lambda **given: begun.append(plain(**given)) or begun[-1])
    given = ("--cache", tmp_path, "--recipe", "tiny", "--threads", 1, "--minutes")
    with pytest.raises(FileNotFoundError, match=r"flow-sape_rope\.pt: make it with .*training\.train_flow"):
        call(distil, monkeypatch, *given, MOMENT_MIN)
    flow(MOMENT_MIN)
    call(distil, monkeypatch, *given, MOMENT_MIN)
    student = train_flow.load_transformer(checkpoint)
    assert student.config.distilled and torch.load(checkpoint, weights_only=False)["step"] == 1
    first = begun[0].noise.clone()
    begun.clear()
    call(distil, monkeypatch, *given, elapsed_min(checkpoint) + MOMENT_MIN)
    assert torch.load(checkpoint, weights_only=False)["step"] == 2
    assert not torch.equal(begun[0].noise, first)
    call(distil, monkeypatch, *given, MOMENT_MIN)
    assert "nothing to do" in capsys.readouterr().out


def test_the_transformer_knows_what_its_latents_lie_between(tmp_path: Path, flow) -> None:  # type: ignore[no-untyped-def]
    flow(MOMENT_MIN)
    (pair,) = torch.load(tmp_path / "pairs-0.pt", weights_only=False)
    model = train_flow.load_transformer(tmp_path / "flow-sape_rope.pt")
    assert model.is_bounded
    beyond = (pair.latents < model.low) | (pair.latents > model.high)
    assert beyond.float().mean() == pytest.approx(2 * train_flow.BEYOND, abs=0.005)


def test_what_is_not_watched_is_empty_in_the_log(tmp_path: Path, flow) -> None:  # type: ignore[no-untyped-def]
    flow(MOMENT_MIN)
    columns = curves.read_columns(tmp_path / "flow-sape_rope.csv")
    assert columns["stage_acc"] == [0.1] and columns["stage_f1"] == [0.3]
    assert "real_acc" not in columns
    curves.draw(cache=tmp_path, out=tmp_path / "curves.png")


def test_a_missing_file_is_named_with_the_command_that_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ("--cache", tmp_path)
    for module, arguments, match in (
        (dataset, ("pictures",), r"encoder-stage\.pt: make it with python -m training\.train_encoder"),
        (dataset, ("sounds",), r"codec\.pt: make it with python -m training\.train_codec"),
        (train_flow, (), r"pictures\.pt: make it with python -m training\.dataset pictures"),
        (make_pack, ("--out", tmp_path / "pack"), r"encoder-all\.pt: make it with .*--fine-tune all"),
        (restore, ("--pack", tmp_path / "pack"), r"no manifest\.json in .*pack"),
    ):
        with pytest.raises(FileNotFoundError, match=match):
            call(module, monkeypatch, *arguments, *cache)
    torch.save([], tmp_path / "pictures.pt")
    with pytest.raises(FileNotFoundError, match=r"pairs-0\.pt: make it with python -m training\.dataset sounds"):
        load_pairs(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"flow\.pt: make it with python -m training\.train_flow"):
        train_flow.load_transformer(tmp_path / "flow.pt")


def test_the_codec_trains_on_any_device_that_torch_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def stop(*, config: train_codec.TrainConfig, **_: object) -> None:
        asked.append(config.device)
        raise KeyboardInterrupt

    monkeypatch.setattr(train_codec, "load_oneshots", lambda **_: OneShots([]))
    monkeypatch.setattr(OneShots, "split", lambda self, kind: self)
    monkeypatch.setattr(train_codec, "synthetic_bank", lambda **_: [np.zeros(1, np.float32)])
    monkeypatch.setattr(train_codec, "Trainer", stop)
    with pytest.raises(KeyboardInterrupt):
        call(train_codec, monkeypatch, "--oneshots", tmp_path, "--cache", tmp_path, "--device", "cuda:0")
    assert asked == ["cuda:0"]
