"""A file is there complete or not at all, whoever else makes it."""

from pathlib import Path

import pytest

from training import whole_file as module
from training.whole_file import whole_file


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(RuntimeError, match="half"), whole_file(path) as partial:
        partial.write_text("ha")
        raise RuntimeError("half")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "before")]


def test_two_runs_make_the_same_file_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    with whole_file(path) as first:
        first.write_text("first")
        monkeypatch.setattr(module.os, "getpid", lambda: 1)
        with whole_file(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.txt", "first")]
