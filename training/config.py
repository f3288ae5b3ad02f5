"""Every size that two modules must agree on, in one place; lengths elsewhere are derived from these."""

from dataclasses import dataclass, field

SAMPLE_RATE = 48_000
LATENT_RATE = 50
LATENT_CHANNELS = 128
SAMPLES_PER_LATENT = SAMPLE_RATE // LATENT_RATE


@dataclass(frozen=True)
class VisualConfig:
    """The picture side. `size` is the square side in pixels, `bins` the sub-frame bins of the impact head; the last of
    `widths` is that of what is gathered, those before it step over the picture. `dilations` are of kernels of 5."""

    rate: float = 25.0
    size: int = 64
    bins: int = 2
    features: int = 128
    widths: tuple[int, ...] = (48, 96, 128)
    motion_layers: int = 2
    motion_kernel: int = 5
    attention_heads: int = 4
    dilations: tuple[int, ...] = (1, 2, 4, 1)

    @property
    def context_frames(self) -> int:
        """Frames on each side that decide one frame's features: two from the differences, then the convolutions."""
        return 2 + self.motion_layers * (self.motion_kernel // 2) + 2 * sum(self.dilations)


@dataclass(frozen=True)
class TransformerConfig:
    """Velocity model. `feature_channels` is what the visual encoder gives; `materials` the size of the vocabulary."""

    width: int = 256
    heads: int = 4
    layers: int = 6
    mlp_ratio: int = 4
    feature_channels: int = 128
    materials: int = 0
    latent_channels: int = LATENT_CHANNELS
    scheme: str = "sape_rope"
    time_modulation: bool = True
    aligned_start: bool = True
    distilled: bool = False  # training.distil: guidance and several steps of the solver in one evaluation


# How packs are sampled: the scale of guidance, how much of its overshoot is taken back, how much shorter steps are near
# the noise (docs/model-pack.md, "Guidance" and "Steps"). What sync is watched by, and what a student is taught.
GUIDANCE_SCALE, GUIDANCE_RESCALE, TIME_SHIFT = 8.0, 0.4, 2.0


# [Note: where the picture matters] What is sounding and when shows through the noise from t = 0.3 on: knowing the
# picture lowered the error of the pack 0.3.0's velocity by 0.035 at t = 0, 0.053 at 0.1, 0.009 at 0.3 and 0.002 at
# 0.5. A standard logit-normal t falls below 0.25 in one window of seven; with mean -1.2 and deviation 1.3 in every
# second one, with -2 and 1 (the study at budget cpu, whose rows know sound already) in four of five.
@dataclass(frozen=True)
class FlowConfig:
    """How the velocity model learns. Probabilities are per training clip, `time_mean` and `time_std` of t's logit."""

    batch: int = 12
    window_sec: float = 5.0
    learning_rate: float = 5e-4
    warmup_steps: int = 200
    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.01
    unconditional: float = 0.2
    logit_normal_time: bool = True
    time_mean: float = 0.0
    time_std: float = 1.0
    sync_hints: float = 0.2
    sync_only: float = 0.2
    material_given: float = 0.6
    known_context: float = 0.3
    real_share: float = 0.25  # of the windows, where there are real pictures: they are few, and soon known by heart
    ema_decay: float = 0.999


@dataclass(frozen=True)
class Recipe:
    """A named configuration of the whole system."""

    name: str
    visual: VisualConfig = field(default_factory=VisualConfig)
    transformer: TransformerConfig = field(default_factory=TransformerConfig)
    flow: FlowConfig = field(default_factory=FlowConfig)


RECIPES = ("hits", "paper", "tiny")


def recipe(name: str) -> Recipe:
    """`hits` ships; `paper` is section 3.2 of the paper; `tiny` serves tests and the fixture pack."""
    if name == "hits":
        return Recipe(name="hits", flow=FlowConfig(time_mean=-1.2, time_std=1.3))  # [Note: where the picture matters]
    if name == "paper":
        return Recipe(
            name="paper",
            visual=VisualConfig(rate=10.0, size=224, bins=0, features=768),
            transformer=TransformerConfig(
                width=1024, heads=16, layers=12, feature_channels=768, time_modulation=False, aligned_start=False
            ),
            flow=FlowConfig(
                batch=256,
                window_sec=10.0,
                learning_rate=1e-4,
                warmup_steps=4_000,
                logit_normal_time=False,
                sync_hints=0.0,
                sync_only=0.0,
                material_given=0.0,
                known_context=0.0,
            ),
        )
    if name == "tiny":
        return Recipe(
            name="tiny",
            visual=VisualConfig(size=32, features=16, widths=(8, 16), dilations=(1, 2)),
            transformer=TransformerConfig(width=32, heads=2, layers=2, feature_channels=16),
            flow=FlowConfig(batch=2, window_sec=2.0),
        )
    raise ValueError(f"unknown recipe {name!r}; expected one of: {', '.join(RECIPES)}")
