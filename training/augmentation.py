"""Real clips are few: what may change about a clip's pictures without moving its hits.

Everything takes and gives frames `[T, 3, H, W]` in 0..1 and changes all frames of a clip alike, unless it is noise: a
change in time would look like motion.
"""

import numpy as np
import torch
import torch.nn.functional as F


def recolour(frames: torch.Tensor) -> torch.Tensor:
    """Random gain, offset and gamma per clip and channel; `[B, T, 3, H, W]`."""
    batch = len(frames)
    gain = 0.7 + 0.6 * torch.rand(batch, 1, 1, 1, 1) + 0.15 * (torch.rand(batch, 1, 3, 1, 1) - 0.5)
    offset = 0.2 * (torch.rand(batch, 1, 1, 1, 1) - 0.5)
    gamma = 0.7 + 0.7 * torch.rand(batch, 1, 1, 1, 1)
    return (frames.clamp_min(1e-4).pow(gamma) * gain + offset).clamp(0, 1)


def mix_channels(frames: torch.Tensor, *, random: np.random.Generator) -> torch.Tensor:
    """Colours turned into other colours, now and then into grey: rows of a random matrix that keep white white."""
    if random.uniform() < 0.2:
        matrix = np.full((3, 3), 1 / 3)
    else:
        matrix = np.eye(3)[random.permutation(3)] + random.normal(0, 0.15, (3, 3))
        matrix /= matrix.sum(1, keepdims=True)
    return torch.einsum("oc,tchw->tohw", torch.from_numpy(matrix).float(), frames).clamp(0, 1)


def blend_still(frames: torch.Tensor, *, still: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """A still picture `[3, H, W]` shines through: other surroundings, less contrast of what moves."""
    share = random.uniform(0.1, 0.5)
    return frames * (1 - share) + still * share


def cover(frames: torch.Tensor, *, still: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """A part of a still picture stands before the scene, along a side or a corner: something is half hidden."""
    height, width = frames.shape[-2:]
    tall, wide = (int(size * random.uniform(0.1, 0.4)) for size in (height, width))
    rows = slice(0, height) if random.uniform() < 0.5 else slice(0, tall)
    columns = slice(0, wide) if random.uniform() < 0.5 else slice(width - wide, width)
    covered = frames.clone()
    covered[..., rows, columns] = still[:, rows, columns]
    return covered


def beside(frames: torch.Tensor, other: torch.Tensor, *, random: np.random.Generator) -> torch.Tensor:
    """The right or the lower part of `other`, a third to two thirds, in place of that of `frames`."""
    height, width = frames.shape[-2:]
    share, joined = random.uniform(0.35, 0.65), frames.clone()
    if random.uniform() < 0.5:
        columns = slice(int(width * share), width)
        joined[..., columns] = other[..., columns]
    else:
        rows = slice(int(height * share), height)
        joined[..., rows, :] = other[..., rows, :]
    return joined


def soften(frames: torch.Tensor, *, random: np.random.Generator) -> torch.Tensor:
    """Detail lost, as by a cheap lens or hard compression."""
    size = frames.shape[-1]
    small = int(size * random.uniform(0.5, 0.9))
    return F.interpolate(F.interpolate(frames, size=(small, small), mode="area"), size=(size, size), mode="bilinear")


def grain(frames: torch.Tensor, *, random: np.random.Generator) -> torch.Tensor:
    """Sensor noise, another in each frame."""
    return (frames + float(random.uniform(0.003, 0.02)) * torch.randn_like(frames)).clamp(0, 1)


def disturb(frames: torch.Tensor, *, still: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """Some of the above, at random; `still` is a frame of any clip."""
    if random.uniform() < 0.5:
        frames = mix_channels(frames, random=random)
    if random.uniform() < 0.3:
        frames = blend_still(frames, still=still, random=random)
    if random.uniform() < 0.3:
        frames = cover(frames, still=still, random=random)
    if random.uniform() < 0.25:
        frames = soften(frames, random=random)
    if random.uniform() < 0.5:
        frames = grain(frames, random=random)
    return frames
