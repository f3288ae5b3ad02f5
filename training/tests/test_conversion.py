import numpy as np
import pytest

from training.conversion import SOURCES_HZ, cadence_strength, converted_from


def changes_from(source_hz: float, count: int = 250) -> np.ndarray:
    """Of a film at 25 frames a second that steps on by whole frames of `source_hz`; the same in conversion.test.ts."""
    n = np.arange(count)
    source = lambda n: np.floor(n * source_hz / 25)
    return (source(n + 1) - source(n)) * (2 + np.sin(n) + np.sin(1.7 * n))


def test_finds_what_was_left_out():
    assert converted_from(changes_from(30000 / 1001)) == 30000 / 1001
    assert converted_from(changes_from(30.0, 1500)) == 30.0
    assert converted_from(changes_from(25.0)) is None
    assert converted_from(changes_from(30.0)[:90]) is None


def test_is_as_strong_as_the_application_finds_it():
    assert cadence_strength(changes_from(30.0), cycles_per_frame=0.2) == pytest.approx(22.183, abs=1e-3)
    assert cadence_strength(changes_from(25.0), cycles_per_frame=0.2) == pytest.approx(0.038, abs=1e-3)


def test_a_still_picture_was_not_converted():
    assert all(cadence_strength(np.zeros(200), cycles_per_frame=hz / 25 - 1) < 1 for hz in SOURCES_HZ)
