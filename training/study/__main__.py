"""Table 1 and Table 2 of the paper from one command; goes on where it stopped, on a CPU and on a GPU alike.

    python -m training.study --cache DIR --out DIR --budget cpu [--jobs 2] --oneshots DIR --textures DIR [--clips DIR]
        [--rows table1,table2] [--seeds 0,1,2] [--device cuda]
    python -m training.study --data greatest-hits DIR --checkpoint CLIP --budget paper --cache DIR --out DIR

`--cache` has the codec (`codec.pt`, made by training.train_codec or training.restore) and, if it is there, the encoder
that those of the study begin with (`encoder-stage.pt`); it is read, nothing is written there. Everything of
the study lies in `--out`: data, one folder for each row (checkpoint, pack, films, result.json), `results.json` and
`log.txt`. `python -m training.study.report` makes the tables and figures of docs/sape-study.md from results.json.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from training.oneshots import load_oneshots
from training.positions import SCHEMES
from training.study.application import Application
from training.study.budgets import BUDGETS, Budget, Row, rows_of
from training.study.clips import stage_clips, val_clips
from training.study.collect import collect
from training.study.data import StudyData
from training.study.embedding import train_embedding
from training.study.row import run_row
from training.study.start import SCHEME_OF_AUDIO, sound_start


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training.study", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, required=True, help="folder with codec.pt")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", choices=BUDGETS, required=True)
    parser.add_argument("--rows", default="table1,table2", help="table1, table2, or FPS:SCHEME, with commas between")
    parser.add_argument("--seeds", help="default: the budget's")
    parser.add_argument("--jobs", type=int, default=1, help="rows side by side")
    parser.add_argument("--threads", type=int, default=1, help="of each job")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--oneshots", type=Path)
    parser.add_argument("--textures", type=Path)
    parser.add_argument("--clips", type=Path, help="real clips: `train` ones are re-sounded, `val` ones evaluated")
    parser.add_argument("--data", nargs=2, metavar=("NAME", "DIR"), help="greatest-hits and the folder of the full set")
    parser.add_argument("--checkpoint", type=Path, help="CLIP ViT-B/16, for --data")
    parser.add_argument("--app", type=Path, default=Path("."), help="where the built application is")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # a row's name, or the start of an embedding
    parser.add_argument("--prepare-only", action="store_true", help="data, encoders and clips, no row")
    parsed = parser.parse_args(arguments)
    if parsed.data is not None and (parsed.data[0] != "greatest-hits" or parsed.checkpoint is None):
        parser.error("--data takes `greatest-hits DIR` together with --checkpoint")
    if not (parsed.cache / "codec.pt").exists():
        parser.error(
            f"no codec.pt in {parsed.cache}: take a pack's with python -m training.restore --pack PACK --cache DIR, or "
            "train one with python -m training.train_codec --oneshots DIR --cache DIR"
        )
    return parsed


def study_data(*, options: argparse.Namespace, budget: Budget) -> StudyData:
    common = {"folder": options.out / "data", "cache": options.cache, "budget": budget, "clips": options.clips}
    if options.data is not None:
        from training.greatest_hits import GreatestHitsData

        return GreatestHitsData(**common, root=Path(options.data[1]), checkpoint=options.checkpoint)
    shots = load_oneshots(folder=options.oneshots, cache=options.out / "data") if options.oneshots else None
    return StudyData(**common, textures=options.textures, oneshots=shots.split(kind="train") if shots else None)


def evaluation_sets(*, options: argparse.Namespace, budget: Budget, data: StudyData, seconds: float) -> dict[str, Path]:
    """Folders of films of `seconds`, by the name of the set."""
    folder = options.out / "clips"
    if options.data is not None:
        return {"test": data.test_clips(folder=folder / f"test-{seconds:g}s", seconds=seconds)}
    shots = load_oneshots(folder=options.oneshots, cache=options.out / "data") if options.oneshots else None
    sets = {
        "stage": stage_clips(
            folder=folder / f"stage-{seconds:g}s",
            work=options.out / "data" / "scenes",
            count=budget.clips,
            seconds=seconds,
            textures=options.textures,
            oneshots=shots.split(kind="test") if shots else None,
        )
    }
    if options.clips:
        sets["val"] = val_clips(folder=folder / f"val-{seconds:g}s", clips=options.clips, seconds=seconds)
    return sets


def sets_of(*, options: argparse.Namespace, budget: Budget, data: StudyData, rows: list[Row]) -> dict[float, dict]:
    lengths = sorted({budget.window_sec(row) for row in rows})
    return {s: evaluation_sets(options=options, budget=budget, data=data, seconds=s) for s in lengths}


def prepare(*, options: argparse.Namespace, budget: Budget, rows: list[Row]) -> None:
    """All that the rows share, so that no job makes it."""
    data, device = study_data(options=options, budget=budget), torch.device(options.device)
    (options.out / "data").mkdir(parents=True, exist_ok=True)
    data.latents()
    for fps in dict.fromkeys(row.fps for row in rows):
        data.features(fps=fps, device=device)
        data.shared_graphs(fps=fps)
    sets_of(options=options, budget=budget, data=data, rows=rows)
    train_embedding(path=options.out / "embedding.onnx", oneshots=data.oneshots, steps=budget.embedding_steps)


def run_one(*, options: argparse.Namespace, budget: Budget, row: Row) -> None:
    data = study_data(options=options, budget=budget)
    run_row(
        row=row,
        budget=budget,
        data=data,
        folder=options.out / "rows" / row.name,
        sets=sets_of(options=options, budget=budget, data=data, rows=[row])[budget.window_sec(row)],
        embedding=options.out / "embedding.onnx",
        application=Application(options.app),
        device=torch.device(options.device),
    )


def run_start(*, options: argparse.Namespace, budget: Budget, audio: str, fps: int) -> None:
    data, device = study_data(options=options, budget=budget), torch.device(options.device)
    corpus = data.corpus(fps=fps, device=device)
    sound_start(audio=audio, budget=budget, corpus=corpus, folder=data.folder, device=device)


def job(*, name: str, arguments: list[str], log: Path) -> bool:
    """A process of its own, so that a row that fails takes no other with it. Returns whether it was done."""
    command = [sys.executable, "-m", "training.study", *arguments, "--only", name]
    with log.open("a") as file:
        file.write(f"{time.strftime('%H:%M:%S')} {name} begins\n")
        file.flush()
        status = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode
        file.write(f"{time.strftime('%H:%M:%S')} {name} ended with status {status}\n")
    return status == 0


def main(arguments: list[str] | None = None) -> None:
    given = sys.argv[1:] if arguments is None else arguments
    options = parse(given)
    budget = BUDGETS[options.budget]
    seeds = tuple(int(word) for word in options.seeds.split(",")) if options.seeds else budget.seeds
    try:
        rows = rows_of(words=options.rows, seeds=seeds)
    except ValueError as error:
        sys.exit(str(error))
    options.out.mkdir(parents=True, exist_ok=True)
    if options.only:
        torch.set_num_threads(options.threads)
        if options.only in SCHEME_OF_AUDIO:
            run_start(options=options, budget=budget, audio=options.only, fps=rows[0].fps)
            return
        run_one(options=options, budget=budget, row=next(row for row in rows if row.name == options.only))
        return
    torch.set_num_threads(max(options.jobs * options.threads, 1))
    prepare(options=options, budget=budget, rows=rows)
    if options.prepare_only:
        return
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    with ThreadPoolExecutor(options.jobs) as pool:
        run = lambda name: job(name=name, arguments=given, log=options.out / "log.txt")
        starts = list(pool.map(run, sorted({SCHEMES[row.scheme].audio for row in rows}))) if budget.start_steps else []
        done = list(pool.map(run, [row.name for row in rows])) if all(starts) else []
    path = collect(options=options, budget=budget, data=study_data(options=options, budget=budget), rows=rows)
    print(f"{sum(done)} of {len(rows)} rows done: {path}", flush=True)
    if not all(starts + done):
        sys.exit(f"see {options.out / 'log.txt'}; the same command goes on with the rest")


if __name__ == "__main__":
    main()
