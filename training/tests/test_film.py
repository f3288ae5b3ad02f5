"""Films: sheets cut into textures, frames of the size asked for, labels that say what is heard, and the command."""

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.stage import sheets
from training.stage.__main__ import labels, main, parse
from training.stage.events import KINDS, Event, SceneEvents, draw_scene
from training.stage.film import FilmRenderer
from training.stage.parts import Capsule
from training.stage.scenery import Tiles, tiled, view_of


def test_sheets_are_cut_into_their_full_tiles(tmp_path: Path) -> None:
    sheet = np.full((16 + 2 * 176, 1024, 3), 255, np.uint8)
    for column, value in enumerate((40, 90, 140)):
        sheet[16:144, 16 + 144 * column : 144 + 144 * column] = value
    sheet[192:320, 16:80] = 10  # a thumbnail that is not square
    Image.fromarray(sheet).save(tmp_path / "Wood.png")
    tiles = sheets.cut_sheet(tmp_path / "Wood.png")
    assert [int(tile[0, 0, 0]) for tile in tiles] == [40, 90, 140]
    assert all(tile.shape == (122, 122, 3) for tile in tiles)
    drawn = Tiles(folder=tmp_path).of("wood", generator=torch.Generator())
    assert float(drawn.mean()) * 255 in (pytest.approx(40), pytest.approx(90), pytest.approx(140))


def test_tiling_repeats_without_a_seam() -> None:
    sheet = torch.rand(3, 8, 8)
    v, u = torch.meshgrid((torch.arange(16) + 0.5) / 8, (torch.arange(16) + 0.5) / 8 - 1, indexing="ij")
    assert torch.allclose(tiled(sheet, u=u, v=v), sheet.repeat(1, 2, 2), atol=1e-4)


@pytest.mark.parametrize("actor", KINDS)
def test_films_are_of_the_size_asked_for_and_repeat_by_seed(actor: str) -> None:
    scene = draw_scene(duration_sec=1.0, rng=np.random.default_rng(0), actor=actor)

    def film(seed: int, *, clutter: bool = False) -> np.ndarray:
        made = FilmRenderer(width=48, height=26, fps=10.0, tiles=Tiles(folder=None), seed=seed, clutter=clutter)
        return np.stack(list(made.film(scene=scene, frames=6)))

    first = film(1)
    assert first.shape == (6, 26, 48, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, film(1))
    assert not np.array_equal(first, film(2))
    assert not np.array_equal(first, film(1, clutter=True))
    assert np.abs(np.diff(first.astype(int), axis=0)).max() > 8


def test_a_part_covers_its_pixels_and_its_shutter() -> None:
    film = FilmRenderer(width=40, height=40, fps=10.0, tiles=Tiles(folder=None), seed=0)
    there = torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])  # for half of the exposure
    place = torch.tensor([0.3, 0.5]).expand(1, 6, 2)
    part = Capsule(place, place, torch.tensor([[0.2]]), torch.ones(1, 3), there.unsqueeze(0))
    image = torch.zeros(3, 40, 40)
    film._paint(image, part, window=slice(0, 6), shadow=False)
    view = view_of(width=40, height=40)
    x, y = view.axes()
    inside = (x.view(1, -1) - 0.3).square() + (y.view(-1, 1) - 0.5).square() < 0.15**2
    assert (image[:, inside] > 0.25).all()
    assert (image[:, inside] < 0.65).all()
    assert not image[:, (y < 0.2).nonzero().flatten()].any()
    off = Capsule(place + 9.0, place + 9.0, part.radius, part.colour, part.shown)
    film._paint(before := image.clone(), off, window=slice(0, 6), shadow=False)
    assert torch.equal(before, image)


def test_labels_are_an_entry_of_clips_json() -> None:
    events = (
        Event(time_sec=-0.4, kind="hit", material="wood", strength=0.5),
        Event(time_sec=0.51234567, kind="hit", material="wood", strength=0.5),
        Event(time_sec=1.0, kind="hit", material="metal", strength=0.5, miss=True),
        Event(time_sec=1.5, kind="scratch", material="metal", strength=0.5, duration_sec=0.3),
        Event(time_sec=2.0, kind="hit", material="wood", strength=0.5),
    )
    scene = SceneEvents(actor="stick", events=events, materials=("wood", "metal", "wood"))
    entry = labels(scene=scene, file="a.mp4", seconds=2.0, fps=Fraction(30_000, 1001))
    assert entry["hits"] == [[0.512346, "wood", "hit"], [1.5, "metal", "scratch"]]
    assert [event["miss"] for event in entry["events"]] == [False, True, False]
    assert {key: entry[key] for key in ("file", "duration", "fps", "annotated_until")} == {
        "file": "a.mp4", "duration": 2.0, "fps": "30000/1001", "annotated_until": 2.0,
    }  # fmt: skip


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("silent", [False, True])
def test_command_writes_film_and_labels(silent: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "new" / "clip.mp4"
    arguments = [
        "stage",
        "--out",
        str(out),
        "--seconds",
        "1",
        "--actor",
        "ball",
        "--seed",
        "3",
        "--size",
        "64x36",
        "--fps",
        "30",
    ]
    monkeypatch.setattr("sys.argv", [*arguments, *(["--silent"] if silent else [])])
    main()
    probe = ["ffprobe", "-v", "error", "-count_packets", "-show_streams", "-of", "json", str(out)]
    streams = json.loads(subprocess.run(probe, check=True, capture_output=True).stdout)["streams"]
    assert [stream["codec_name"] for stream in streams] == ["h264"] if silent else ["h264", "aac"]
    film = streams[0]
    assert (film["width"], film["height"], film["pix_fmt"], film["r_frame_rate"]) == (64, 36, "yuv420p", "30/1")
    assert film["nb_read_packets"] == "30"
    assert float(film["start_time"]) == 0.0
    described = json.loads(out.with_suffix(".json").read_text())
    assert described["file"] == "clip.mp4"
    assert described["hits"]
    assert sorted(path.name for path in out.parent.iterdir()) == ["clip.json", "clip.mp4"]  # nothing left behind
    if not silent:
        raw = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(out), "-f", "f32le", "-ac", "1", "-"], check=True, capture_output=True
        )
        heard = np.abs(np.frombuffer(raw.stdout, np.float32))
        first = described["hits"][0][0]
        assert heard[int((first + 0.002) * 48_000) : int((first + 0.03) * 48_000)].max() > 0.05


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--out", "a.mov"], "ends in .mp4"),
        (["--out", "a.mp4", "--size", "33x20"], "even numbers"),
        (["--out", "a.mp4", "--size", "big"], "WIDTHxHEIGHT"),
        (["--out", "a.mp4", "--fps", "0"], "frames per second"),
        (["--out", "a.mp4", "--seconds", "nan"], "seconds from 0.2"),
        (["--out", "a.mp4", "--actor", "dog"], "invalid choice"),
        (["--out", "a.mp4", "--textures", "/nowhere"], "no such folder"),
    ],
)
def test_wrong_arguments_are_refused_with_what_is_expected(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
    assert reason in capsys.readouterr().err
