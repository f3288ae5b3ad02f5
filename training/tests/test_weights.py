"""Weights are stored as what holds them, and come back as what was stored."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import ModelProto, TensorProto, helper, numpy_helper
from torch import nn

from training.weights import MOST_ERROR, nearest_int8, round_weights, store_weights, stored_weights


def model_of(values: dict[str, np.ndarray]) -> ModelProto:
    """A graph whose outputs are its initialisers."""
    nodes = [helper.make_node("Identity", [name], [f"{name}.out"]) for name in values]
    outputs = [helper.make_tensor_value_info(f"{n}.out", TensorProto.FLOAT, v.shape) for n, v in values.items()]
    initialisers = [numpy_helper.from_array(value, name) for name, value in values.items()]
    graph = helper.make_graph(nodes, "weights", [], outputs, initialisers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def test_a_small_kind_is_used_only_where_it_loses_nothing(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    whole = nearest_int8(generator.normal(size=(64, 96)).astype(np.float32) * np.geomspace(1e-4, 10, 64)[:, None])
    values = {
        "whole": whole.astype(np.float32),
        "turned": np.ascontiguousarray(whole.T, np.float32),
        "half": np.full(300, 0.5, np.float32),
        "neither": np.full(300, 0.1, np.float32),
        "any": generator.normal(size=(64, 96)).astype(np.float32),
        "few": np.full(3, 0.5, np.float32),
        "my.scale": np.full(3, 0.5, np.float32),
    }
    proto = model_of(values)
    store_weights(proto)
    kinds = {value.name: value.data_type for value in proto.graph.initializer}
    floats = dict.fromkeys(("neither", "any", "few", "my.scale", "whole.scale", "turned.scale"), TensorProto.FLOAT)
    small = {"whole.int8": TensorProto.INT8, "turned.int8": TensorProto.INT8, "half.half": TensorProto.FLOAT16}
    assert kinds == {**floats, **small}
    onnx.checker.check_model(proto)
    path = tmp_path / "weights.onnx"
    onnx.save(proto, path)
    came_back = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {})
    stored = stored_weights(path)
    assert stored.keys() == values.keys()
    for (name, value), got in zip(values.items(), came_back, strict=True):
        assert np.array_equal(got, value), name
        assert np.array_equal(stored[name], value), name


def test_rounding_is_small_and_done_once() -> None:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(96, 64), nn.Conv1d(64, 64, 3), nn.Linear(8, 8))
    before = [parameter.detach().clone() for parameter in layers.parameters()]
    round_weights(layers)
    once = [parameter.detach().clone() for parameter in layers.parameters()]
    round_weights(layers)
    for old, rounded, again in zip(before, once, layers.parameters(), strict=True):
        assert torch.equal(rounded, again)
        assert (rounded - old).norm() <= MOST_ERROR * old.norm()


def test_what_int8_would_spoil_stays_half() -> None:
    """Columns of all sizes, as of principal components, and rows of all sizes beside them."""
    layer = nn.Linear(64, 64, bias=False)
    sizes = torch.logspace(-3, 0, 64)
    with torch.no_grad():
        layer.weight.copy_(
            torch.randn(64, 64, generator=torch.Generator().manual_seed(0)) * torch.max(sizes, sizes[:, None])
        )
        expected = layer.weight.half().float()
    round_weights(layer)
    assert torch.equal(layer.weight, expected)
