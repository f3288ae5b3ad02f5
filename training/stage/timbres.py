"""What each material sounds like when it is struck: the ranges that `training.stage.impacts` draws objects from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timbre:
    """Ranges that a body of one material is drawn from. Frequencies in Hz, times in seconds, levels as gains."""

    shapes: tuple[str, ...]
    base: tuple[float, float]
    decay: tuple[float, float]  # T60 of the lowest mode
    damping: float  # T60 falls with frequency ratio ** -damping
    contact: tuple[float, float]
    modal: float = 1.0
    noise: float = 0.3
    noise_band: tuple[float, float] = (500.0, 12_000.0)
    noise_decay: tuple[float, float] = (0.002, 0.012)
    grains: float = 0.0
    grain_count: tuple[int, int] = (0, 0)
    grain_spread: tuple[float, float] = (0.02, 0.1)
    grain_decay: tuple[float, float] = (0.0005, 0.004)
    grain_band: tuple[float, float] = (1_000.0, 12_000.0)
    bubbles: float = 0.0
    tilt: tuple[float, float] = (0.2, 0.9)  # weight of a mode falls with frequency ratio ** -tilt


_MS = 1e-3
TIMBRES: dict[str, Timbre] = {
    "wood": Timbre(("bar", "plate"), (120, 1400), (0.05, 0.28), 0.8, (0.15 * _MS, 1.0 * _MS), noise=0.35),
    "metal": Timbre(
        ("bar", "plate", "shell"),
        (150, 2500),
        (0.25, 2.2),
        0.45,
        (0.05 * _MS, 0.4 * _MS),
        noise=0.25,
        tilt=(0, 0.6),
    ),
    "glass": Timbre(
        ("shell", "plate"),
        (700, 4000),
        (0.1, 0.8),
        0.5,
        (0.05 * _MS, 0.3 * _MS),
        noise=0.25,
        tilt=(0, 0.6),
    ),
    "ceramic": Timbre(
        ("shell", "plate"),
        (450, 2800),
        (0.06, 0.4),
        0.6,
        (0.08 * _MS, 0.4 * _MS),
        noise=0.3,
        tilt=(0, 0.6),
    ),
    "stone": Timbre(("plate", "bar"), (700, 4500), (0.02, 0.1), 0.5, (0.05 * _MS, 0.3 * _MS), noise=0.6),
    "plastic": Timbre(("plate", "bar"), (180, 1600), (0.03, 0.16), 0.7, (0.2 * _MS, 1.2 * _MS), noise=0.4),
    "skin": Timbre(("membrane",), (60, 320), (0.15, 0.7), 0.9, (0.5 * _MS, 3 * _MS), noise=0.2),
    "flesh": Timbre(
        ("membrane",),
        (60, 240),
        (0.03, 0.11),
        0.6,
        (0.8 * _MS, 4 * _MS),
        noise=0.6,
        noise_band=(200, 6000),
        noise_decay=(0.004, 0.025),
    ),
    "cloth": Timbre(
        ("membrane",),
        (50, 170),
        (0.03, 0.1),
        0.6,
        (2 * _MS, 6 * _MS),
        modal=0.7,
        noise=0.5,
        noise_band=(100, 3500),
        noise_decay=(0.01, 0.06),
        grains=0.3,
        grain_count=(10, 40),
        grain_spread=(0.02, 0.1),
        grain_decay=(0.002, 0.008),
        grain_band=(400, 6000),
    ),
    "paper": Timbre(
        ("plate",),
        (120, 600),
        (0.02, 0.08),
        0.6,
        (0.3 * _MS, 2 * _MS),
        modal=0.4,
        noise=0.5,
        noise_band=(400, 9000),
        noise_decay=(0.004, 0.03),
        grains=0.8,
        grain_count=(15, 80),
        grain_spread=(0.02, 0.18),
        grain_band=(1500, 14_000),
    ),
    "leaf": Timbre(
        ("plate",),
        (100, 300),
        (0.02, 0.05),
        0.6,
        (2 * _MS, 5 * _MS),
        modal=0.1,
        noise=0.4,
        noise_band=(1500, 12_000),
        noise_decay=(0.01, 0.05),
        grains=1.0,
        grain_count=(40, 200),
        grain_spread=(0.03, 0.2),
        grain_band=(2000, 15_000),
    ),
    "dirt": Timbre(
        ("membrane",),
        (50, 180),
        (0.03, 0.1),
        0.6,
        (1 * _MS, 4 * _MS),
        modal=0.8,
        noise=0.6,
        noise_band=(80, 2500),
        noise_decay=(0.008, 0.04),
        grains=0.35,
        grain_count=(10, 60),
        grain_spread=(0.02, 0.12),
        grain_band=(600, 8000),
    ),
    "gravel": Timbre(
        ("plate",),
        (150, 500),
        (0.02, 0.05),
        0.6,
        (0.5 * _MS, 2 * _MS),
        modal=0.2,
        noise=0.4,
        noise_band=(500, 9000),
        noise_decay=(0.005, 0.02),
        grains=1.0,
        grain_count=(25, 140),
        grain_spread=(0.03, 0.2),
        grain_decay=(0.001, 0.006),
        grain_band=(1200, 11_000),
    ),
    "water": Timbre(
        ("membrane",),
        (80, 260),
        (0.03, 0.1),
        0.6,
        (1 * _MS, 4 * _MS),
        modal=0.3,
        noise=0.7,
        noise_band=(300, 9000),
        noise_decay=(0.01, 0.09),
        grains=0.4,
        grain_count=(20, 90),
        grain_spread=(0.04, 0.25),
        grain_band=(800, 9000),
        bubbles=0.9,
    ),
}
