"""The whole recipe from one command; every step resumes, on a CPU and on a GPU alike.

    python -m training.train --cache DIR --oneshots DIR --textures DIR [--clips DIR] --out resources/models/hits \\
        --budget cpu|gpu|smoke [--device cuda]

Without `--clips` the system learns from the stage alone. Steps: codec; encoder on the stage; with clips, one encoder
for each fold and one for all; features; latents; transformer; its student; pack. A step that is done is not run again,
and a cache whose steps were asked for differently is refused: what follows would not fit what is there.
"""

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from training.config import RECIPES
from training.positions import SCHEMES

# Minutes of each step. `cpu` is about what the bundled pack was trained with (two cores), in several sittings.
# After a sixteenth of the codec's its latents are final; from a fifth on its decoder learns against discriminators.
BUDGETS = {
    "smoke": {"codec": 0.2, "encoder": 0.3, "fine_tune": 0.2, "flow": 0.3, "distil": 0.3, "scenes": 16, "variants": 1},
    "cpu": {"codec": 98, "encoder": 42, "fine_tune": 10, "flow": 168, "distil": 95, "scenes": 320, "variants": 8},
    "gpu": {"codec": 60, "encoder": 40, "fine_tune": 10, "flow": 60, "distil": 30, "scenes": 4_000, "variants": 24},
}


@dataclass(frozen=True)
class Step:
    """A module of this package with its arguments; `done/<result>` in the cache says that, and how, it was done."""

    module: str
    arguments: tuple[str, ...]
    result: str

    @property
    def asked(self) -> str:
        """The arguments but for the machine: a run may go on on another one."""
        words = list(self.arguments)
        if "--device" in words:
            at = words.index("--device")
            del words[at : at + 2]
        return " ".join(words)


def plan(
    *,
    budget: dict[str, float],
    cache: Path,
    device: str,
    oneshots: Path,
    textures: Path | None,
    clips: Path | None,
    scheme: str,
    recipe: str,
) -> list[Step]:
    """The steps in order."""
    common = ("--cache", str(cache))
    sized = (*common, "--recipe", recipe)
    stage = ("--textures", str(textures)) if textures else ()
    real = ("--clips", str(clips)) if clips else ()
    sound = ("--oneshots", str(oneshots))
    minutes = lambda name: ("--minutes", str(budget[name]), "--device", device)
    steps = [
        Step(
            "training.train_codec",
            (*common, *sound, *minutes("codec"))
            + ("--encoder-minutes", f"{budget['codec'] / 16:g}", "--adversary-minutes", f"{budget['codec'] / 5:g}"),
            "codec.pt",
        ),
        Step("training.train_encoder", (*sized, *stage, *real, *minutes("encoder")), "stage-buffer.pt"),
    ]
    for name in ("0", "1", "all") if clips else ():
        steps.append(
            Step(
                "training.train_encoder",
                (*sized, *stage, *real, "--fine-tune", name, *minutes("fine_tune")),
                f"encoder-{name}.pt",
            )
        )
    count = ("--scenes", str(budget["scenes"]), "--variants", str(budget["variants"]))
    steps.append(Step("training.dataset", ("pictures", *sized, *stage, *real, *count), "pictures.pt"))
    steps.append(Step("training.dataset", ("sounds", *sized, *sound, "--variants", "2"), "pairs-0.pt"))
    named = (*sized, "--scheme", scheme)
    steps.append(Step("training.train_flow", (*named, *minutes("flow")), f"flow-{scheme}.pt"))
    steps.append(Step("training.distil", (*named, *minutes("distil")), f"distilled-{scheme}.pt"))
    return steps


def check_done(steps: list[Step], *, done: Path) -> None:
    """Refuses (SystemExit) a cache in which a step was asked for differently."""
    for step in steps:
        mark = done / step.result
        if mark.exists() and mark.read_text() != step.asked:
            raise SystemExit(
                f"{done.parent} was begun with other arguments: {step.result} was made by {step.module} "
                f"{mark.read_text()!r}, and now {step.asked!r} is asked for. Give another --cache, or those "
                f"arguments; to go on with that step as asked, remove {mark} and the marks of the steps after it."
            )


def missing_tool() -> str | None:
    """What the recipe calls and this machine lacks."""
    compilers = (os.environ.get("CXX"), "g++", "clang++")
    if not any(name and shutil.which(name) for name in compilers):
        return "a C++ compiler (g++ or clang++, or name it in CXX): torch.compile makes the stage's renderer with it"
    return next((name for name in ("ffmpeg", "ffprobe") if not shutil.which(name)), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--oneshots", type=Path, required=True)
    parser.add_argument("--textures", type=Path)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", choices=BUDGETS, default="cpu")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--scheme", choices=SCHEMES, default="sape_rope")
    parser.add_argument("--recipe", choices=RECIPES, default="hits", help="sizes: hits, or tiny to try the command")
    arguments = parser.parse_args()
    for name in ("oneshots", "textures", "clips"):
        folder = getattr(arguments, name)
        if folder and not folder.is_dir():
            parser.error(f"--{name}: there is no folder {folder}")
    if missing := missing_tool():
        parser.error(f"this machine lacks {missing}. Install it and run this again")
    arguments.cache.mkdir(parents=True, exist_ok=True)
    steps = plan(
        budget=BUDGETS[arguments.budget],
        cache=arguments.cache,
        device=arguments.device,
        oneshots=arguments.oneshots,
        textures=arguments.textures,
        clips=arguments.clips,
        scheme=arguments.scheme,
        recipe=arguments.recipe,
    )
    encoder = "all" if arguments.clips else "stage"
    packing = (
        "--cache",
        str(arguments.cache),
        "--oneshots",
        str(arguments.oneshots),
        "--out",
        str(arguments.out),
        "--scheme",
        arguments.scheme,
        "--distilled",
        "--encoder",
        encoder,
        "--budget",
        arguments.budget,
        *(("--clips", str(arguments.clips)) if arguments.clips else ()),
        *(("--machine", torch.cuda.get_device_name()) if arguments.device.startswith("cuda") else ()),
        *("--id", arguments.out.name, "--name", arguments.out.name.capitalize()),
    )
    done = arguments.cache / "done"
    done.mkdir(exist_ok=True)
    check_done(steps, done=done)
    waiting = [step for step in steps if not (done / step.result).exists()]
    for step in [*waiting, Step("training.make_pack", packing, "pack")]:
        print("==", step.module, *step.arguments, flush=True)
        subprocess.run([sys.executable, "-m", step.module, *step.arguments], check=True)
        (done / step.result).write_text(step.asked)


if __name__ == "__main__":
    main()
