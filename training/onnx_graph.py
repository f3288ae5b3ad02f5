"""One PyTorch module as one ONNX file: free axes named, weights stored small, and the file checked against PyTorch."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx_ir
import onnx_ir.passes.common as passes
import onnxruntime
import torch
from onnx import ModelProto, TensorProto
from onnxscript import optimizer
from torch import nn

from training.weights import round_weights, store_weights

OPSET = 18
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Graph:
    """A module with example inputs; `free` names free axes: {input: {axis: name}}; `outputs` gives all axes."""

    name: str
    module: nn.Module
    inputs: dict[str, torch.Tensor]
    outputs: dict[str, tuple[int | str, ...]]
    free: dict[str, dict[int, str]]


def simplify(model: onnx_ir.Model) -> None:
    """The exporter's own clean-up without its rewriting, which takes x + 1e-10 for x + 0 (onnxscript's `add_0` rule has
    a tolerance of 1e-8): silence would become the logarithm of zero."""
    onnx_ir.passes.Sequential(passes.InlinePass())(model)
    optimizer.fold_constants(model)
    onnx_ir.passes.Sequential(
        passes.RemoveUnusedNodesPass(),
        passes.RemoveUnusedFunctionsPass(),
        passes.RemoveUnusedOpsetsPass(),
        passes.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        passes.DeduplicateInitializersPass(),
        passes.CommonSubexpressionEliminationPass(),
        passes.OutputFixPass(),
        passes.NameFixPass(),
    )(model)


def export_graph(graph: Graph, path: Path) -> float:
    """Write one ONNX file; returns the largest error against PyTorch relative to the output's largest value."""
    module = graph.module.eval()
    round_weights(module)
    with torch.no_grad():
        expected = module(*graph.inputs.values())
        program = torch.onnx.export(
            module,
            tuple(graph.inputs.values()),
            dynamo=True,
            opset_version=OPSET,
            verbose=False,
            optimize=False,
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_shapes=tuple(
                dict.fromkeys(graph.free.get(name, {}), torch.export.Dim.DYNAMIC) for name in graph.inputs
            ),
        )
    simplify(program.model)
    proto = program.model_proto
    rename_axes(proto, graph)
    store_weights(proto)
    del proto.metadata_props[:]
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = {entry.name for entry in session.get_inputs()}
    got = session.run(None, {name: value.numpy() for name, value in graph.inputs.items() if name in names})
    expected = expected if isinstance(expected, tuple) else (expected,)
    return max(
        float(np.abs(a - b.numpy()).max() / max(float(b.abs().max()), 1e-6)) for a, b in zip(got, expected, strict=True)
    )


def rename_axes(proto: ModelProto, graph: Graph) -> None:
    """Free axes as docs/model-pack.md names them."""
    for value in proto.graph.input:
        for axis, name in graph.free.get(value.name, {}).items():
            value.type.tensor_type.shape.dim[axis].dim_param = name
    for value in proto.graph.output:
        for dim, extent in zip(value.type.tensor_type.shape.dim, graph.outputs[value.name], strict=True):
            if isinstance(extent, str):
                dim.dim_param = extent
            else:
                dim.dim_value = extent


def describe(path: Path) -> dict:
    """The manifest's entry of one graph, read from the file itself."""
    proto = onnx.load(path, load_external_data=False)
    kinds = {TensorProto.FLOAT: "float32", TensorProto.INT64: "int64"}
    tensor = lambda value: {
        "name": value.name,
        "type": kinds[value.type.tensor_type.elem_type],
        "axes": [dim.dim_value or dim.dim_param or "?" for dim in value.type.tensor_type.shape.dim],
    }
    stored = path.read_bytes()
    return {
        "file": path.name,
        "sha256": hashlib.sha256(stored).hexdigest(),
        "bytes": len(stored),
        "inputs": [tensor(value) for value in proto.graph.input],
        "outputs": [tensor(value) for value in proto.graph.output],
    }
