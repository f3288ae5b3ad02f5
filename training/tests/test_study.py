"""The study of positional embeddings: rows, data, evidence, intervals and the document."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from training.checkpoint import TrainingState
from training.config import LATENT_RATE
from training.flow import picture_only
from training.pairs import Pair, Picture
from training.positions import SCHEMES
from training.study.budgets import BUDGETS, TABLE_1_RATES, Row, rows_of, visual_config
from training.study.data import Corpus, StudyData
from training.study.embedding import SoundEmbedding, train_embedding
from training.study.evidence import attention_evidence, cross_attention, diagonal_share
from training.study.intervals import difference, interval, recording_of, set_names
from training.study.published import NAMES, TABLE_1
from training.study.report import PENDING, claims, put, table_1, write_document
from training.study.row import train_row
from training.study.scenes import read_chunk, render_chunks
from training.study.sight import at_rate
from training.study.start import row_start
from training.study.steps import window_batch
from training.transformer import FoleyTransformer

SMOKE = BUDGETS["smoke"]


def corpus_of(*, fps: int, pictures: int = 3) -> Corpus:
    """Features that know their own frame's index, latents that know their own token's."""
    visual = visual_config(fps=fps)
    made = [
        Picture("stage", torch.arange(10 * fps).float().view(-1, 1).expand(-1, 8).half() + 100 * index, [], 10.0)
        for index in range(pictures)
    ]
    tokens = torch.arange(10 * LATENT_RATE).float().view(-1, 1).expand(-1, 128)
    return Corpus(visual, made, [Pair(index, tokens.half(), [], []) for index in range(pictures)])


def test_table_1_is_seven_schemes_at_two_rates_and_table_2_follows_the_paper() -> None:
    rows = rows_of(words="table1,table2", seeds=(0,))
    assert len(rows) == 15
    assert {(row.fps, row.scheme) for row in rows if row.table == 1} == {(f, s) for f in (5, 10) for s in SCHEMES}
    assert [LATENT_RATE / fps for fps in TABLE_1_RATES] == [10, 5]
    last = rows[-1]
    assert (last.table, last.fps, last.scheme) == (2, 15, "sape_rope")
    assert BUDGETS["paper"].steps_of(last) == 30_000 and BUDGETS["paper"].window_sec(last) == 2.0
    assert set(TABLE_1) == {(fps, scheme) for fps in TABLE_1_RATES for scheme in NAMES}
    with pytest.raises(ValueError, match="unknown row '7:sape_rope'"):
        rows_of(words="7:sape_rope", seeds=(0,))


def test_paper_budget_is_section_3_2() -> None:
    budget = BUDGETS["paper"]
    assert (budget.steps, budget.flow.batch, budget.flow.learning_rate, budget.flow.warmup_steps) == (
        15_000,
        256,
        1e-4,
        4_000,
    )
    assert (budget.transformer.layers, budget.transformer.heads, budget.transformer.width) == (12, 16, 1024)


@pytest.mark.parametrize("budget", BUDGETS.values(), ids=BUDGETS)
def test_no_scheme_has_a_head_start_or_another_condition(budget) -> None:
    assert not budget.transformer.aligned_start
    flow = budget.flow
    assert flow.sync_hints == flow.sync_only == flow.material_given == flow.known_context == 0
    assert flow.unconditional == 0.2


def test_rows_of_a_seed_see_the_same_windows_whatever_the_scheme_and_rate() -> None:
    seen = {}
    for fps in TABLE_1_RATES:
        corpus = corpus_of(fps=fps)
        for scheme in ("sin_rope", "sape_rope"):
            model = row_start(corpus=corpus, budget=SMOKE, scheme=scheme, seed=0, sound=None)
            random = np.random.default_rng((0, 3))
            latents, conditions = window_batch(corpus=corpus, model=model, config=SMOKE.flow, random=random)
            seen[fps, scheme] = (latents[:, 0, 0].tolist(), conditions.present.tolist())
            first = conditions.features[:, 0, 0] % 100 / fps - latents[:, 0, 0] / LATENT_RATE
            assert ((first >= -1e-3) & (first < 1 / fps)).all()  # the first frame at or after the window's start
            if scheme == "sape_rope":
                assert torch.allclose(conditions.rope_positions[:, 0], first * LATENT_RATE, atol=0.05)
                assert torch.allclose(conditions.rope_positions.diff(), torch.tensor(LATENT_RATE / fps), atol=1e-3)
    assert len({json.dumps(value) for value in seen.values()}) == 1


def test_a_row_that_was_killed_ends_as_one_that_was_not(tmp_path: Path) -> None:
    corpus, row, device = corpus_of(fps=5), Row(1, 5, "sape_rope", 0), torch.device("cpu")
    corpus.pairs = [Pair(p.picture, p.latents / 500, [], []) for p in corpus.pairs]
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    # The learning rate depends on the budget's steps: stop the second run inside, at a checkpoint.
    whole = train_row(row=row, budget=SMOKE, corpus=corpus, folder=tmp_path / "whole", device=device)
    save = TrainingState.save

    def killed(state, *arguments, **more):
        save(state, *arguments, **more)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(TrainingState, "save", killed)
        train_row(row=row, budget=SMOKE, corpus=corpus, folder=tmp_path / "killed", device=device)
    assert torch.load(tmp_path / "killed" / "checkpoint.pt", weights_only=False)["step"] == SMOKE.save_every
    again = train_row(row=row, budget=SMOKE, corpus=corpus, folder=tmp_path / "killed", device=device)
    for name, value in whole.state_dict().items():
        assert torch.allclose(value, again.state_dict()[name], atol=1e-6), name


def test_five_fps_are_every_second_frame_of_ten_and_scenes_are_the_same(tmp_path: Path) -> None:
    common = {"folder": tmp_path, "count": 1, "seed": 3, "size": 16, "textures": None, "seconds": 1.0}
    (ten,) = render_chunks(rate=10.0, **common)
    (thirty,) = render_chunks(rate=30.0, **common)
    frames, events, _ = read_chunk(ten)
    assert frames.shape == (1, 10, 3, 16, 16) and frames.dtype == np.uint8
    assert np.array_equal(at_rate(frames, stored=10, fps=5)[0, 1], frames[0, 2])
    assert events == read_chunk(thirty)[1]
    stamp = ten.stat().st_mtime_ns
    render_chunks(rate=10.0, **common)
    assert ten.stat().st_mtime_ns == stamp
    with pytest.raises(ValueError, match="expected a divisor"):
        at_rate(frames, stored=10, fps=15)


def test_attention_is_what_the_model_used_and_aligned_heads_lie_on_the_diagonal() -> None:
    torch.manual_seed(0)
    fps, frames = 5, 10
    config = replace(SMOKE.transformer, width=64, scheme="sape_rope", feature_channels=8, aligned_start=True)
    aligned = FoleyTransformer(config=config).eval()
    plain = FoleyTransformer(config=replace(config, scheme="rope_rope", aligned_start=False)).eval()
    times = (torch.arange(frames) / fps).expand(2, -1)
    latents, features = torch.randn(2, 100, 128), torch.randn(2, frames, 8)
    found = {}
    for name, model in (("aligned", aligned), ("plain", plain)):
        conditions = picture_only(model=model, features=features, times_sec=times)
        maps = cross_attention(model=model, conditions=conditions, latents=latents)
        assert maps.shape == (2, 2, 100, frames)
        assert torch.allclose(maps.sum(-1), torch.ones(2, 2, 100), atol=1e-4)  # the padded point has no weight
        found[name] = attention_evidence(model=model, conditions=conditions, latents=latents, fps=fps)
    assert found["aligned"]["best"] > 1.5 * found["aligned"]["even"]
    assert found["aligned"]["best"] > found["plain"]["best"]
    assert np.array(found["plain"]["map"]).shape == (50, frames)


def test_diagonal_share_of_a_perfect_and_of_an_even_map() -> None:
    tokens, frames, fps = 100, 10, 5
    perfect = torch.zeros(1, 1, tokens, frames)
    perfect[0, 0, torch.arange(tokens), (torch.arange(tokens) * fps // LATENT_RATE)] = 1
    assert float(diagonal_share(perfect, fps=fps)) == pytest.approx(1.0)
    even = float(diagonal_share(torch.ones(1, 1, tokens, frames), fps=fps))
    assert 0.1 < even < 0.3


def test_intervals_draw_whole_recordings() -> None:
    assert recording_of("2015--005") == "2015"
    mean, low, high = interval({"a": 0.0, "b": 1.0, "c": 0.5, "d": 0.5})
    assert mean == 0.5 and 0 <= low < 0.5 < high <= 1
    # One recording in two pieces has no spread of its own.
    assert interval({"a--000": 0.0, "a--005": 1.0}) == (0.5, 0.5, 0.5)
    assert difference({"a": 0.7, "b": 0.9}, {"a": 0.5, "b": 0.7}) == pytest.approx((0.2, 0.2, 0.2))


def row_result(*, fps: int, scheme: str, scores: tuple[float, ...]) -> dict:
    clips = [
        {"name": f"c{i}", "referenceOnsets": 4, "generatedOnsets": 4, "hits": 2, "acc": s, "ap": s, "f1": s}
        for i, s in enumerate(scores)
    ]
    look = {"best": 0.5, "even": 0.1, "nearSec": 0.2, "map": [[0.1]]}
    sets = {"stage": {"summary": {"frechetOneshots": 0.25}, "clips": clips}}
    return {"table": 1, "fps": fps, "scheme": scheme, "seed": 0, "windowSec": 5.0, "sets": sets, "attention": look}


def test_tables_come_from_the_results_and_only_between_their_markers() -> None:
    results = {
        "rows": [
            row_result(fps=5, scheme="sape_rope", scores=(0.8, 0.6)),
            row_result(fps=5, scheme="rope_rope", scores=(0.3, 0.1)),
        ],
        "chance": {"stage-5s": {"acc": 0.25, "ap": 0.5, "f1": 0.25}},
    }
    table = table_1(results, set_name="stage")
    assert "| 5 | SAPE RoPE | RoPE | 70.0 [60.0, 80.0]" in table and "57.6, 67.7, 0.43" in table
    assert "| chance |" in table and "| 10 |" not in table
    assert "| the scale corrected, RoPE | 5 | +50.0 [+50.0, +50.0]" in claims(results, set_name="stage")
    assert table_1(results, set_name="val").startswith("_Not measured")
    text = put("a\n<!-- begin x -->\nold\n<!-- end x -->\nz", name="x", content="new")
    assert text == "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nz"
    with pytest.raises(ValueError, match="no markers"):
        put("nothing", name="x", content="new")


def study_results(*, set_name: str, schemes: tuple[str, ...] = ("sape_rope", "rope_rope")) -> dict:
    """Results with one clip on one set."""
    rows = [row_result(fps=5, scheme=scheme, scores=(0.5,)) for scheme in schemes]
    for row in rows:
        row["sets"], row["trainSec"] = {set_name: row["sets"]["stage"]}, 60.0
    transformer, flow = vars(SMOKE.transformer), vars(SMOKE.flow)
    budget = {"name": "smoke", "transformer": transformer, "flow": flow, "startSteps": 0, "steps": 4, "solverSteps": 2}
    machine = {"device": "cpu", "cores": 2, "jobs": 1}
    return {"budget": budget, "data": {}, "machine": machine, "chance": {}, "rows": rows}


def page_of(*, set_name: str, table: str) -> str:
    parts = {"setting": "", f"table1-{set_name}": table, f"claims-{set_name}": PENDING, "table2": ""}
    return "\n".join(f"<!-- begin {name} -->\n{text}\n<!-- end {name} -->" for name, text in parts.items())


def test_the_document_has_the_sets_of_the_results_and_loses_no_numbers(tmp_path: Path) -> None:
    path, results = tmp_path / "page.md", study_results(set_name="test")
    assert set_names(results) == ["test"]
    path.write_text(page_of(set_name="test", table=PENDING))
    write_document(results=results, path=path)
    assert "| 5 | SAPE RoPE | RoPE | 50.0" in path.read_text() and PENDING not in path.read_text()
    path.write_text(page_of(set_name="stage", table=PENDING))
    with pytest.raises(ValueError, match="no markers <!-- begin table1-test -->"):
        write_document(results=results, path=path)
    both = page_of(set_name="stage", table="| measured |") + page_of(set_name="test", table=PENDING)
    path.write_text(both)
    with pytest.raises(ValueError, match="the document has numbers in table1-stage, the results have none"):
        write_document(results=results, path=path)
    assert path.read_text() == both


def test_a_clip_shorter_than_the_window_is_left_out_of_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = {"cache": tmp_path, "textures": None, "clips": None, "oneshots": None}
    data = StudyData(folder=tmp_path, budget=replace(SMOKE, scenes=1), **common)
    seconds = (10.0, 1.5)
    monkeypatch.setattr(data, "features", lambda **_: [torch.zeros(round(5 * s), 8) for s in seconds])
    monkeypatch.setattr(data, "latents", lambda: [(i, torch.zeros(round(50 * s), 128)) for i, s in enumerate(seconds)])
    corpus = data.corpus(fps=5, device=torch.device("cpu"))
    assert [picture.source for picture in corpus.pictures] == ["stage", "real"]
    assert [pair.picture for pair in corpus.pairs] == [0]


def test_embedding_gives_a_vector_for_each_third_of_a_second_at_any_length(tmp_path: Path) -> None:
    path = train_embedding(path=tmp_path / "embedding.onnx", oneshots=None, steps=2)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for seconds in (0.5, 2.0):
        wave = np.random.default_rng(0).normal(0, 0.1, (1, int(16_000 * seconds))).astype(np.float32)
        (vectors,) = session.run(None, {"waveform": wave})
        assert vectors.shape[0] == 1 and vectors.shape[2] == 64
        assert vectors.shape[1] == math.floor(seconds / 0.32) + 1 and np.isfinite(vectors).all()
    assert SoundEmbedding()(torch.zeros(1, 16_000)).isfinite().all()
