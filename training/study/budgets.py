"""What a row costs: the same model, data and steps for all fourteen rows of Table 1."""

from dataclasses import dataclass, replace

from training.config import FlowConfig, TransformerConfig, VisualConfig, recipe
from training.positions import SCHEMES

TABLE_1_RATES = (5, 10)
TABLE_2_RATE = 15
TABLE_2_SEC = 2.0
# The paper's own best row: nothing is chosen by what was measured here.
TABLE_2_SCHEME = "sape_rope"
BINS_PER_SEC = 50


@dataclass(frozen=True)
class Row:
    """One model of a table. `window_sec` is what it is trained and evaluated on; `table` 1 or 2."""

    table: int
    fps: int
    scheme: str
    seed: int

    @property
    def name(self) -> str:
        return f"table{self.table}-{self.fps}fps-{self.scheme.replace('+', '-').replace('_', '-')}-seed{self.seed}"


@dataclass(frozen=True)
class Budget:
    """`steps` of a Table 1 row (Table 2: twice as many) after `start_steps` on sound alone, which rows share (0: none);
    `clips` unseen stage clips of the row's window length."""

    transformer: TransformerConfig
    flow: FlowConfig
    steps: int
    start_steps: int
    save_every: int
    seeds: tuple[int, ...]
    scenes: int
    encoder_scenes: int
    encoder_steps: int
    embedding_steps: int
    clips: int
    solver_steps: int

    def window_sec(self, row: Row) -> float:
        return TABLE_2_SEC if row.table == 2 else self.flow.window_sec

    def steps_of(self, row: Row) -> int:
        return 2 * self.steps if row.table == 2 else self.steps


# No head start for the scheme that is under test (`aligned_start`), no condition but the picture.
PLAIN = {"aligned_start": False, "materials": 0}
PICTURE_ONLY = {"sync_hints": 0.0, "sync_only": 0.0, "material_given": 0.0, "known_context": 0.0}
CPU_FLOW = FlowConfig(
    batch=8,
    window_sec=5.0,
    learning_rate=1e-3,
    warmup_steps=100,
    weight_decay=0.01,
    ema_decay=0.995,
    time_mean=-2.0,  # training.config: [Note: where the picture matters]
    time_std=1.0,
    **PICTURE_ONLY,
)

BUDGETS = {
    "smoke": Budget(
        transformer=TransformerConfig(width=32, heads=2, layers=2, **PLAIN),
        flow=replace(CPU_FLOW, batch=2, window_sec=2.0, warmup_steps=2),
        steps=4,
        start_steps=2,
        save_every=2,
        seeds=(0,),
        scenes=2,
        encoder_scenes=2,
        encoder_steps=2,
        embedding_steps=2,
        clips=2,
        solver_steps=2,
    ),
    "cpu": Budget(
        transformer=TransformerConfig(width=128, heads=4, layers=4, **PLAIN),
        flow=CPU_FLOW,
        steps=3_000,
        start_steps=6_000,
        save_every=500,
        seeds=(0,),
        scenes=320,
        encoder_scenes=800,
        encoder_steps=1_000,
        embedding_steps=400,
        clips=100,
        solver_steps=16,
    ),
    "gpu": Budget(
        transformer=TransformerConfig(width=512, heads=8, layers=8, **PLAIN),
        flow=replace(
            CPU_FLOW,
            batch=64,
            window_sec=10.0,
            learning_rate=3e-4,
            warmup_steps=500,
            ema_decay=0.999,
            time_mean=-1.2,
            time_std=1.3,
        ),
        steps=8_000,
        start_steps=0,
        save_every=500,
        seeds=(0, 1, 2),
        scenes=2_000,
        encoder_scenes=800,
        encoder_steps=1_000,
        embedding_steps=1_500,
        clips=100,
        solver_steps=16,
    ),
    # Section 3.2 of the paper.
    "paper": Budget(
        transformer=replace(recipe("paper").transformer, **PLAIN),
        flow=recipe("paper").flow,
        steps=15_000,
        start_steps=0,
        save_every=500,
        seeds=(0, 1, 2),
        scenes=2_000,
        encoder_scenes=800,
        encoder_steps=1_000,
        embedding_steps=1_500,
        clips=100,
        solver_steps=16,
    ),
}


def rows_of(*, words: str, seeds: tuple[int, ...]) -> list[Row]:
    """`table1`, `table2` and single rows such as `5:sape_rope`, with commas between, for every seed."""
    known = [(1, fps, scheme) for fps in TABLE_1_RATES for scheme in SCHEMES]
    chosen: list[tuple[int, int, str]] = []
    for word in words.split(","):
        if word == "table1":
            chosen += known
        elif word == "table2":
            chosen.append((2, TABLE_2_RATE, TABLE_2_SCHEME))
        else:
            fps, _, scheme = word.partition(":")
            if not fps.isdigit() or (1, int(fps), scheme) not in known:
                raise ValueError(
                    f"unknown row {word!r}; expected table1, table2 or FPS:SCHEME with FPS 5 or 10 and SCHEME one of: "
                    + ", ".join(SCHEMES)
                )
            chosen.append((1, int(fps), scheme))
    return [Row(table, fps, scheme, seed) for seed in seeds for table, fps, scheme in dict.fromkeys(chosen)]


def visual_config(*, fps: int) -> VisualConfig:
    """The bundled encoder at `fps`: it sees frames of that rate and nothing between them.

    One temporal layer: with the differences to the neighbours, four frames on each side decide a frame's features.
    The impact head speaks in bins of a fiftieth of a second, so that it learns where between two frames a hit was.
    """
    return VisualConfig(rate=float(fps), bins=round(BINS_PER_SEC / fps), dilations=(1,))
