"""How a file holds weights: as int8 or fp16, whichever is close enough, and what makes float32 of them.

[Note: int8 weights] A weight is stored as whole numbers from -127 to 127 and a scale for each of its channels, and the
graph multiplies them where the session loads: it is the file that is small, all arithmetic is float32. A scale has 12
bits, so that its products are exact, and the file is what PyTorch computes at the rounded weights.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from torch import nn

SMALL = 256  # initialisers below this many elements stay fp32: they cost nothing and carry biases and scales
LARGE = 4096  # from here on int8, where that moves no row and no column by more than MOST_ERROR of its own RMS
MOST_ERROR = 0.02
LARGEST_INT8 = 127


def split_scale(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers -127..127 as float32, and the scales `[.., C, ..]` along `axis` that bring them back."""
    others = tuple(each for each in range(values.ndim) if each != axis)
    mantissa, exponent = np.frexp(np.abs(values).max(others, keepdims=True) / np.float32(LARGEST_INT8))
    scale = np.ldexp(np.rint(mantissa * 4096) / 4096, exponent).astype(np.float32)
    scale[scale == 0] = 1.0
    return np.clip(np.rint(values / scale), -LARGEST_INT8, LARGEST_INT8).astype(np.float32), scale


def worst_error(rounded: np.ndarray, values: np.ndarray) -> float:
    """Of all rows and all columns, that of which most is lost: RMS of the error over RMS of the values. Maps to and
    from principal components have columns of all sizes, of which none must vanish beside the others."""
    worst = []
    for axis in (0, 1):
        others = tuple(each for each in range(values.ndim) if each != axis)
        worst.append((np.square(rounded - values).sum(others) / (np.square(values).sum(others) + 1e-30)).max())
    return float(np.sqrt(max(worst)))


def nearest_int8(values: np.ndarray) -> np.ndarray | None:
    """The nearest that int8 holds, with scales along the first or the second axis; None where that is too far."""
    if values.ndim < 2 or values.size < LARGE:
        return None
    rounded = [np.multiply(*split_scale(values, axis)) for axis in (0, 1)]
    errors = [worst_error(each, values) for each in rounded]
    return rounded[int(np.argmin(errors))] if min(errors) <= MOST_ERROR else None


@torch.no_grad()
def round_weights(module: nn.Module) -> None:
    """The module at the weights that the file will hold ([Note: int8 weights])."""
    for parameter in module.parameters():
        if parameter.dtype != torch.float32 or parameter.numel() < SMALL:
            continue
        nearest = nearest_int8(parameter.cpu().numpy())
        parameter.copy_(parameter.half().float() if nearest is None else torch.from_numpy(nearest))


def stored_as(values: np.ndarray, name: str) -> tuple[list[TensorProto], list[NodeProto]]:
    """Initialisers that hold `values` exactly in less than float32, and the nodes that make `name` of them; both empty
    where nothing does."""
    cast = lambda kept, made: helper.make_node("Cast", [kept], [made], to=TensorProto.FLOAT, name=f"{made}.cast")
    if values.size >= SMALL and np.array_equal(values.astype(np.float16).astype(np.float32), values):
        return [numpy_helper.from_array(values.astype(np.float16), f"{name}.half")], [cast(f"{name}.half", name)]
    for axis in range(values.ndim if values.size >= LARGE else 0):
        whole, scale = split_scale(values, axis)
        if np.array_equal(whole * scale, values):
            kept = [
                numpy_helper.from_array(whole.astype(np.int8), f"{name}.int8"),
                numpy_helper.from_array(scale, f"{name}.scale"),
            ]
            multiply = helper.make_node("Mul", [f"{name}.whole", f"{name}.scale"], [name], name=f"{name}.scaled")
            return kept, [cast(f"{name}.int8", f"{name}.whole"), multiply]
    return [], []


def store_weights(model: ModelProto) -> None:
    """Large float32 initialisers that fp16 or int8 holds exactly (the rounded weights; not the constants of a
    transform) become that, with what makes them float32 behind each; ONNX Runtime folds it when it loads."""
    initialisers, made = list(model.graph.initializer), []
    del model.graph.initializer[:]
    for initialiser in initialisers:
        is_float = initialiser.data_type == TensorProto.FLOAT
        kept, nodes = stored_as(numpy_helper.to_array(initialiser), initialiser.name) if is_float else ([], [])
        model.graph.initializer.extend(kept or [initialiser])
        made += nodes
    nodes = [*made, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    del model.graph.value_info[:]


def stored_weights(path: Path) -> dict[str, np.ndarray]:
    """The float weights of a file by name, as float32."""
    found = {value.name: value for value in onnx.load(path).graph.initializer}
    weights = {}
    for key, value in found.items():
        name, _, kind = key.rpartition(".")
        if kind == "int8":
            scale = numpy_helper.to_array(found[f"{name}.scale"])
            weights[name] = numpy_helper.to_array(value).astype(np.float32) * scale
        elif kind == "half":
            weights[name] = numpy_helper.to_array(value).astype(np.float32)
        elif value.data_type == TensorProto.FLOAT and not (kind == "scale" and f"{name}.int8" in found):
            weights[key] = numpy_helper.to_array(value)
    return weights
