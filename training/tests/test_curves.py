"""The curves of a run: every transformer that was trained in a cache is drawn."""

from pathlib import Path

import pytest

from training import curves


def test_the_flow_of_every_scheme_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("sape_rope", "sin_sin"):
        path = tmp_path / f"flow-{scheme}.csv"
        for step in (50, 100):
            curves.append_row(path=path, columns=curves.FLOW_COLUMNS, row=[step, step, 1.0, *[0.5] * 6])
    figures = []
    monkeypatch.setattr(curves.pyplot, "close", figures.append)
    curves.draw(cache=tmp_path, out=tmp_path / "curves.png")
    monkeypatch.undo()
    labels = [line.get_label() for line in figures[0].axes[-1].lines]
    curves.pyplot.close(figures[0])
    columns = ("loss", "real_f1", "stage_f1")
    assert labels == [f"flow-{scheme} {column}" for scheme in ("sape_rope", "sin_sin") for column in columns]
