"""What training.restore reads out of a pack is what was written into it."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from training.onnx_graph import Graph, export_graph
from training.restore import plan, restore_graph, scheme_of
from training.weights import round_weights


class Looks(nn.Module):
    """A weight of each kind that an exporter moves: turned, cut in rows, kept, and one that no output needs."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(24, 32)
        self.square = nn.Linear(32, 32, bias=False)
        self.convolution = nn.Conv1d(32, 32, 3, padding=1)
        self.kind = nn.Parameter(torch.randn(2, 32))
        self.unused = nn.Linear(3, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[B, T, 24]` -> `[B, T, 32]`."""
        y = self.square(torch.tanh(self.linear(x) + self.kind[0]))
        return self.convolution(y.transpose(1, 2)).transpose(1, 2) * self.kind[1]


def graph_of(module: nn.Module) -> Graph:
    inputs, free = {"x": torch.randn(2, 7, 24)}, {"x": {0: "B", 1: "T"}}
    return Graph("looks", module, inputs, {"y": ("B", "T", 32)}, free)


def test_every_weight_of_a_file_comes_back_and_what_is_not_in_it_stays(tmp_path: Path) -> None:
    torch.manual_seed(1)
    written, read = Looks(), Looks()
    export_graph(graph_of(written), tmp_path / "looks.onnx")
    kept = {key: value.clone() for key, value in read.unused.state_dict().items()}
    absent = restore_graph(graph_of(read), tmp_path / "looks.onnx")
    assert absent == ["unused.weight", "unused.bias"]
    round_weights(written)
    for key, value in written.state_dict().items():
        expected = kept[key.removeprefix("unused.")] if key.startswith("unused") else value
        assert torch.equal(read.state_dict()[key], expected), key


def test_a_file_of_other_weights_is_refused(tmp_path: Path) -> None:
    class Other(Looks):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x) + 1.0

    export_graph(graph_of(Other()), tmp_path / "other.onnx")
    with pytest.raises(ValueError, match=r"differ by less than 0.001"):
        restore_graph(graph_of(Looks()), tmp_path / "other.onnx")


@pytest.mark.parametrize(
    ("encoder", "guidance", "transformer"), [("all", "cfg", "flow"), ("stage", "embedded", "distilled")]
)
def test_what_a_cache_lacks_is_restored_under_the_names_that_training_knows(
    encoder: str, guidance: str, transformer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("codec", "encoder", "transformer"):
        monkeypatch.setattr(f"training.restore.restore_{part}", lambda path, **_: path.write_text("restored"))
    positions = {"audio": "rope", "visualSin": "none", "visualRope": "scaled"}
    manifest = {"id": "mine", "version": "1.0.0", "positions": positions, "guidance": guidance}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "codec.pt").write_text("there already")
    written = [path.name for path in plan(pack=tmp_path, cache=tmp_path, name="hits", encoder=encoder)]
    assert written == [f"encoder-{encoder}.pt", f"{transformer}-sape_rope.pt"]
    assert (tmp_path / "codec.pt").read_text() == "there already"


def test_the_scheme_is_read_from_the_manifest() -> None:
    positions = {"audio": "rope", "visualSin": "none", "visualRope": "scaled"}
    assert scheme_of({"positions": positions}) == "sape_rope"
