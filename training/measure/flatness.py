"""How flat a spectrum is within narrow bands: whether a sound has the fine structure of recordings, or is smooth."""

from __future__ import annotations

import math

import numpy as np
import scipy.signal

from training.config import SAMPLE_RATE

FFT = 2048
LOWEST_HZ = 1_000.0  # below, a third of an octave has too few bins
BANDS = 12  # up to 16 kHz
FRAME_FLOOR_DB = -40.0  # of the loudest frame
BAND_FLOOR_DB = -80.0  # of the loudest bin of all


def band_flatness(sound: np.ndarray) -> float:
    """Spectral flatness (Wiener entropy) of `sound` [L] at 48 kHz in thirds of octaves: the mean over bands and frames.

    1 = within its bands every frame is level, as a click is; about 0.59 for white noise, less for partials. NaN for
    silence.
    """
    hertz, _, spectrum = scipy.signal.stft(sound, SAMPLE_RATE, "hann", FFT, FFT - FFT // 4, boundary=None, padded=False)
    power = np.square(np.abs(spectrum))  # [bins, frames]
    if not power.any():
        return math.nan
    power = power / power.max() + 1e-12
    energy = power.sum(0)
    power = power[:, energy > energy.max() * 10 ** (FRAME_FLOOR_DB / 10)]
    edges = LOWEST_HZ * 2 ** (np.arange(BANDS + 1) / 3)
    values = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        band = power[(hertz >= low) & (hertz < high)]
        heard = band[:, band.mean(0) > 10 ** (BAND_FLOOR_DB / 10)]
        values.extend(np.exp(np.log(heard).mean(0)) / heard.mean(0))
    return float(np.mean(values))
