"""Synthesised contacts: modal resonators struck by a soft or hard contact, a noise burst, and grains.

An impact is a *body* (drawn once: mode frequencies, decays, bands) and a *strike* (drawn each time). Modes follow the
shapes that ring in the material: bars, plates, membranes, shells. What does not ring (leaves, gravel, paper, cloth,
water, dirt) is grains: short filtered noise bursts, or bubbles, that thin out after the first contact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from training.stage.timbres import TIMBRES, Timbre

SAMPLE_RATE = 48_000
_MAX_SEC = 2.0

_BAR = (1.0, 2.756, 5.404, 8.933, 13.345, 18.638)
_MEMBRANE = (1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501, 3.600, 3.652, 4.060, 4.154)
_SHELL = (1.0, 2.25, 4.0, 6.25, 9.0, 12.25, 16.0)


@dataclass(frozen=True)
class Body:
    """One object. Modes are arrays [M]: Hz, T60 seconds, linear weight."""

    timbre: Timbre
    frequencies: np.ndarray
    decays: np.ndarray
    weights: np.ndarray
    contact_sec: float
    noise_decay: float
    noise_sos: np.ndarray
    grain_sos: np.ndarray
    grain_spread: float


def _uniform(limits: tuple[float, float], rng: np.random.Generator, *, log: bool = True) -> float:
    low, high = limits
    return float(np.exp(rng.uniform(np.log(low), np.log(high)))) if log else float(rng.uniform(low, high))


def _ratios(shape: str, rng: np.random.Generator) -> np.ndarray:
    if shape == "plate":  # simply supported plate of random aspect: m^2 + (a n)^2
        aspect = rng.uniform(0.4, 1.6)
        m, n = np.meshgrid(np.arange(1, 8), np.arange(1, 8))
        ratios = np.sort(((m**2 + (aspect * n) ** 2) / (1 + aspect**2)).ravel())[:30]
    else:
        ratios = np.array({"bar": _BAR, "membrane": _MEMBRANE, "shell": _SHELL}[shape])
        if shape == "shell":  # slightly out of round: each mode is a beating pair
            ratios = np.concatenate([ratios, ratios * (1 + rng.uniform(0.0005, 0.008))])
    return ratios * np.exp(rng.normal(0, 0.02, len(ratios)))


def _band(limits: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    low, high = limits
    low = low * rng.uniform(0.7, 1.6)
    high = min(max(high * rng.uniform(0.5, 1.2), 2.5 * low), 21_000)
    return butter(2, (low, high), btype="band", fs=SAMPLE_RATE, output="sos")


def draw_body(material: str, rng: np.random.Generator) -> Body:
    """A random object of a canonical material."""
    if material not in TIMBRES:
        raise ValueError(f"material: expected one of {sorted(TIMBRES)}, got {material!r}")
    timbre = TIMBRES[material]
    ratios = _ratios(str(rng.choice(timbre.shapes)), rng)
    base = _uniform(timbre.base, rng)
    frequencies = base * ratios
    frequencies = frequencies[(frequencies > 25) & (frequencies < 20_000)]
    decays = _uniform(timbre.decay, rng) * (frequencies / base) ** -timbre.damping
    weights = rng.normal(0, 1, len(frequencies)) * (frequencies / base) ** -_uniform(timbre.tilt, rng, log=False)
    return Body(
        timbre=timbre,
        frequencies=frequencies,
        decays=np.clip(decays * np.exp(rng.normal(0, 0.25, len(frequencies))), 0.004, _MAX_SEC),
        weights=weights,
        contact_sec=_uniform(timbre.contact, rng),
        noise_decay=_uniform(timbre.noise_decay, rng),
        noise_sos=_band(timbre.noise_band, rng),
        grain_sos=_band(timbre.grain_band, rng),
        grain_spread=_uniform(timbre.grain_spread, rng),
    )


def _unit(sound: np.ndarray) -> np.ndarray:
    return sound / max(float(np.abs(sound).max(initial=0.0)), 1e-9)


def _modes(body: Body, *, strength: float, rng: np.random.Generator, longest: float = _MAX_SEC) -> np.ndarray:
    """Sum of decaying sines; a longer contact (a softer blow) excites high modes less and rises more slowly."""
    contact = body.contact_sec * (1.7 - strength)
    weights = body.weights * np.exp(rng.normal(0, 0.2, len(body.weights)))  # another spot is hit each time
    weights = weights / (1.0 + (2.0 * body.frequencies * contact) ** 2)
    keep = np.abs(weights) > 1e-4 * np.abs(weights).max(initial=1e-9)
    sound = np.zeros(int(SAMPLE_RATE * min(longest, float(body.decays.max()) + 0.02)))
    for frequency, decay, weight in zip(body.frequencies[keep], body.decays[keep], weights[keep], strict=True):
        time = np.arange(min(len(sound), int(SAMPLE_RATE * decay))) / SAMPLE_RATE
        phase = rng.uniform(0, 2 * np.pi)
        sound[: len(time)] += weight * np.sin(2 * np.pi * frequency * time + phase) * np.exp(-6.9 * time / decay)
    rise = max(int(contact * SAMPLE_RATE), 4)
    sound[:rise] *= np.sin(0.5 * np.pi * np.arange(1, rise + 1) / rise)[: len(sound)]
    return _unit(sound)


def _noise(sos: np.ndarray, *, decay: float, rng: np.random.Generator) -> np.ndarray:
    length = max(int(SAMPLE_RATE * decay * 7), 64)
    burst = rng.normal(size=length) * np.exp(-np.arange(length) / (decay * SAMPLE_RATE))
    return _unit(sosfilt(sos, burst))


def _grains(body: Body, *, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Short bursts at exponentially thinning times, the first at once."""
    timbre = body.timbre
    count = int(rng.integers(timbre.grain_count[0], timbre.grain_count[1] + 1) * (0.5 + 0.5 * strength)) + 1
    starts = np.minimum(rng.exponential(body.grain_spread, count), 1.2)
    starts[0] = 0.0
    sound = np.zeros(int(SAMPLE_RATE * (starts.max() + 0.06)))
    for start in starts:
        length = int(SAMPLE_RATE * 5 * (decay := _uniform(timbre.grain_decay, rng)))
        grain = rng.normal(size=length) * np.exp(-np.arange(length) / (decay * SAMPLE_RATE))
        gain = np.exp(rng.normal(0, 0.7)) * np.exp(-start / (2.5 * body.grain_spread))
        first = int(start * SAMPLE_RATE)
        sound[first : first + length] += (gain * grain)[: len(sound) - first]
    return _unit(sosfilt(body.grain_sos, sound))


def _bubbles(body: Body, *, rng: np.random.Generator) -> np.ndarray:
    """Minnaert bubbles: short sines whose pitch rises as they near the surface."""
    count = int(rng.integers(3, 22))
    starts = rng.exponential(body.grain_spread, count)
    sound = np.zeros(int(SAMPLE_RATE * (min(starts.max(), 1.2) + 0.25)))
    for start in np.minimum(starts, 1.2):
        decay, pitch = rng.uniform(0.006, 0.045), _uniform((350, 3200), rng)
        time = np.arange(int(SAMPLE_RATE * decay * 5)) / SAMPLE_RATE
        sweep = pitch * (time + rng.uniform(0.3, 3.0) * time**2 / 2)
        bubble = np.sin(2 * np.pi * sweep) * np.exp(-time / decay) * np.minimum(time / 0.001, 1) * rng.uniform(0.2, 1)
        first = int(start * SAMPLE_RATE)
        sound[first : first + len(bubble)] += bubble[: len(sound) - first]
    return _unit(sound)


def strike(body: Body, *, strength: float, rng: np.random.Generator) -> np.ndarray:
    """One impact on `body`: float32 at 48 kHz, unit peak, attack at its first sample."""
    timbre = body.timbre
    parts = [(timbre.modal, _modes(body, strength=strength, rng=rng))]
    parts.append((timbre.noise * (0.4 + 0.8 * strength), _noise(body.noise_sos, decay=body.noise_decay, rng=rng)))
    if timbre.grains:
        parts.append((timbre.grains, _grains(body, strength=strength, rng=rng)))
    if timbre.bubbles:
        parts.append((timbre.bubbles * rng.uniform(0.2, 1), _bubbles(body, rng=rng)))
    sound = np.zeros(max(len(part) for _, part in parts))
    for level, part in parts:
        sound[: len(part)] += level * np.exp(rng.normal(0, 0.15)) * part
    fade = min(480, len(sound))
    sound[-fade:] *= np.linspace(1, 0, fade)
    return _unit(sound).astype(np.float32)


def rub(response: np.ndarray, *, duration_sec: float, strength: float, rng: np.random.Generator) -> np.ndarray:
    """A scratch: many tiny contacts, denser where the hand moves faster, each heard through `response` [K].

    float32, unit peak, about duration_sec + K / 48000 long, beginning at its first sample.
    """
    length = max(int(duration_sec * SAMPLE_RATE), 480)
    time = np.arange(length) / SAMPLE_RATE
    corners = np.linspace(0, length, max(int(duration_sec * 12), 3))
    speed = np.interp(np.arange(length), corners, rng.uniform(0.35, 1.0, len(corners)))
    speed *= np.minimum(1, (time + 1e-4) / 0.008) * np.minimum(1, (duration_sec - time).clip(0) / 0.03)
    rate = _uniform((300, 4000), rng) * (0.6 + 0.8 * strength)
    hits = rng.random(length) < speed * rate / SAMPLE_RATE
    hits[0] = True
    excitation = np.where(hits, rng.normal(size=length) * speed, 0.0)
    excitation[0] = 0.5 * speed.max()
    return _unit(fftconvolve(excitation, response)).astype(np.float32)


def contact_response(body: Body, *, strength: float, rng: np.random.Generator) -> np.ndarray:
    """What one tiny contact of a scratch excites: the body damped by the object that rubs it, and some noise."""
    modes = _modes(body, strength=strength, rng=rng, longest=0.12)
    modes = modes * np.exp(-np.arange(len(modes)) / (SAMPLE_RATE * rng.uniform(0.005, 0.03)))
    noise = _noise(body.noise_sos, decay=0.002, rng=rng)
    response = np.zeros(max(len(modes), len(noise)))
    response[: len(modes)] += 0.5 * body.timbre.modal * modes
    response[: len(noise)] += 0.7 * noise
    return response


def synthesise_impact(material: str, strength: float, rng: np.random.Generator) -> np.ndarray:
    """An impact on a random object of `material`; `strength` 0 to 1 sets brightness. float32 [L], 48 kHz, unit peak."""
    return strike(draw_body(material, rng), strength=strength, rng=rng)


def synthesise_scratch(material: str, duration_sec: float, strength: float, rng: np.random.Generator) -> np.ndarray:
    """A scratch over a random object of `material`. float32 [L], 48 kHz, unit peak."""
    response = contact_response(draw_body(material, rng), strength=strength, rng=rng)
    return rub(response, duration_sec=duration_sec, strength=strength, rng=rng)
