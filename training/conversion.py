"""Films that were brought from 30 to 25 frames a second by leaving out frames, and how late their pictures are.

[Note: converted films] What is left out makes the motion jump in a cadence, from 29.97 frames a second once in 5.03
frames. All eight `train` recordings of 25 fps have it, and their hits lie later against their sound than those of the
recordings of 29.97 fps: by 32 ms between the medians, a frame of the source (docs/quality-log.md). It is the pictures
that are late, so the encoder is taught where the picture shows a hit, and the application counts what is seen as that
much earlier (src/main/media/conversion.ts, the same arithmetic).
"""

import numpy as np

CONVERTED_HZ = 25.0
SOURCES_HZ = (30000 / 1001, 30.0)
# In their first 20 s the eight recordings have 18 to 55. It grows with the time, that of noise does not: a film is
# looked at for as long as the application may take, which stops as soon as it can tell.
LEAST_STRENGTH = 16.0
LOOKED_AT_SEC = 80.0
LEAST_CHANGES = 100
NEIGHBOURS = 4


def cadence_strength(changes: np.ndarray, *, cycles_per_frame: float) -> float:
    """Power at one frequency and its octave, in parts of what white noise has there, of how each change from frame to
    frame `[T]` (mean absolute difference, 0..255) stands out from its neighbours."""
    levels = np.log(changes + 0.05)
    padded = np.pad(levels, NEIGHBOURS, constant_values=np.nan)
    around = np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, 2 * NEIGHBOURS + 1), axis=1)
    jumps = np.clip(levels - around, -1.0, 1.0)
    jumps = jumps - jumps.mean()
    turn = -2j * np.pi * cycles_per_frame * np.arange(len(jumps))
    power = sum(abs(np.sum(jumps * np.exp(octave * turn))) ** 2 for octave in (1, 2))
    return float(power / (np.sum(jumps**2) + 1e-9))


def converted_from(changes: np.ndarray) -> float | None:
    """The frame rate that a film of 25 frames a second was converted from; None where it was not."""
    if len(changes) < LEAST_CHANGES:
        return None
    strength, source = max((cadence_strength(changes, cycles_per_frame=hz / CONVERTED_HZ - 1), hz) for hz in SOURCES_HZ)
    return source if strength >= LEAST_STRENGTH else None
