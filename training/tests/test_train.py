"""The command of the whole recipe: what it plans, and when it refuses a cache."""

from pathlib import Path

import pytest

from training.train import BUDGETS, Step, check_done, plan


def steps(cache: Path, *, budget: str = "smoke", device: str = "cpu", clips: Path | None = None) -> list[Step]:
    folders = {"oneshots": Path("oneshots"), "textures": None, "clips": clips}
    return plan(budget=BUDGETS[budget], cache=cache, device=device, scheme="sape_rope", recipe="hits", **folders)


@pytest.fixture
def done(tmp_path: Path) -> Path:
    """A cache in which every step of the smoke budget is done."""
    folder = tmp_path / "done"
    folder.mkdir()
    for step in steps(tmp_path):
        (folder / step.result).write_text(step.asked)
    return folder


def test_a_cache_goes_on_with_the_same_arguments_on_any_machine(done: Path) -> None:
    check_done(steps(done.parent), done=done)
    check_done(steps(done.parent, device="cuda"), done=done)


def test_a_student_is_taught_last_and_by_the_transformer_of_its_scheme() -> None:
    planned = [step.module for step in steps(Path("cache"))]
    assert planned.index("training.distil") == len(planned) - 1 == planned.index("training.train_flow") + 1
    assert steps(Path("cache"))[-1].result == "distilled-sape_rope.pt"


def test_another_budget_in_the_same_cache_is_refused(done: Path) -> None:
    with pytest.raises(SystemExit, match=r"codec\.pt was made by .*--minutes 0\.2.*--minutes 98"):
        check_done(steps(done.parent, budget="cpu"), done=done)


def test_clips_that_come_later_are_refused(done: Path) -> None:
    with pytest.raises(SystemExit, match="another --cache"):
        check_done(steps(done.parent, clips=Path("clips")), done=done)
