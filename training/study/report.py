"""Tables and figures of docs/sape-study.md from the committed results.

    python -m training.study.report --results docs/sape-study/results.json --doc docs/sape-study.md --images docs/images

What stands between `<!-- begin NAME -->` and `<!-- end NAME -->` in the document is replaced; nothing else is touched.
NAME: setting, table2, and table1-SET and claims-SET for every set of clips in the results or in the document.
"""

import argparse
import json
import re
from pathlib import Path

from training.study.figures import draw_all
from training.study.intervals import difference, interval, set_names, values_of
from training.study.published import NAMES, TABLE_1, TABLE_2

# What the paper says, as differences between rows of one rate: name, first scheme, second scheme.
CLAIMS = (
    ("identical embeddings beat different ones", "sin_sin", "sin_rope"),
    ("the scale corrected, sinusoid", "sape_sin_sin", "sin_sin"),
    ("the scale corrected, sinusoid and RoPE", "sin+sape_rope", "sin+rope_rope"),
    ("the scale corrected, RoPE", "sape_rope", "rope_rope"),
    ("RoPE on both sides needs a sinusoid (or SAPE)", "sin+rope_rope", "rope_rope"),
)
PENDING = "_Not measured yet: run the command above._"


def grouped(results: dict, *, table: int) -> dict[tuple[int, str], list[dict]]:
    """Rows of one table by (fps, scheme), one for each seed."""
    found: dict[tuple[int, str], list[dict]] = {}
    for row in results["rows"]:
        if row["table"] == table:
            found.setdefault((row["fps"], row["scheme"]), []).append(row)
    return found


def percent(triple: tuple[float, float, float], *, signed: bool = False) -> str:
    mean, low, high = (100 * value for value in triple)
    form = "+.1f" if signed else ".1f"
    return f"{mean:{form}} [{low:{form}}, {high:{form}}]"


def frechet(rows: list[dict], set_name: str) -> str:
    found = [row["sets"][set_name]["summary"].get("frechetOneshots") for row in rows]
    known = [value for value in found if value is not None]
    return f"{sum(known) / len(known):.3f}" if known else "-"


def table_1(results: dict, *, set_name: str) -> str:
    """The rows of Table 1 on one set of clips, the paper's numbers beside them."""
    rows = {key: value for key, value in grouped(results, table=1).items() if set_name in value[0]["sets"]}
    if not rows:
        return PENDING
    lines = [
        "| fps | visual PE | audio PE | ACC | AP | F1 | Fréchet, one-shots | on the diagonal | paper: ACC, AP, FAD |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (fps, scheme), (acc, ap, fad) in TABLE_1.items():
        if (fps, scheme) not in rows:
            continue
        found = rows[fps, scheme]
        scores = [percent(interval(values_of(found, set_name=set_name, measure=m))) for m in ("acc", "ap", "f1")]
        look = sum(row["attention"]["best"] for row in found) / len(found)
        cells = [str(fps), *NAMES[scheme], *scores, frechet(found, set_name), f"{look:.2f}", f"{acc}, {ap}, {fad:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    seconds = next(iter(rows.values()))[0]["windowSec"]
    chance = results["chance"].get(f"{set_name}-{seconds:g}s")
    if chance:
        marks = [f"{100 * chance[name]:.1f}" for name in ("acc", "ap", "f1")]
        even = {fps: value[0]["attention"]["even"] for (fps, _), value in rows.items()}
        looks = ", ".join(f"{value:.2f} at {fps} fps" for fps, value in sorted(even.items()))
        lines.append(f"| | chance | | {' | '.join(marks)} | | {looks} | |")
    return "\n".join(lines)


def claims(results: dict, *, set_name: str) -> str:
    """Differences between rows, clip by clip."""
    rows = {key: value for key, value in grouped(results, table=1).items() if set_name in value[0]["sets"]}
    lines = ["| claim | fps | ACC | AP | F1 | the paper's ACC |", "|---|---|---|---|---|---|"]
    for name, first, second in CLAIMS:
        for fps in (5, 10):
            if (fps, first) not in rows or (fps, second) not in rows:
                continue
            pair = [rows[fps, scheme] for scheme in (first, second)]
            gaps = [
                difference(*(values_of(found, set_name=set_name, measure=measure) for found in pair))
                for measure in ("acc", "ap", "f1")
            ]
            paper = TABLE_1[fps, first][0] - TABLE_1[fps, second][0]
            cells = [name, str(fps), *(percent(gap, signed=True) for gap in gaps), f"{paper:+.1f}"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) if len(lines) > 2 else PENDING


def table_2(results: dict) -> str:
    rows = grouped(results, table=2)
    lines = ["| method | clips | ACC | AP | Fréchet |", "|---|---|---|---|---|"]
    for name, (acc, ap, fad) in TABLE_2.items():
        lines.append(f"| {name} | Greatest Hits, their test set | {acc} | {ap} | {fad:.2f} (FAD) |")
    for (_, scheme), found in rows.items():
        for name in found[0]["sets"]:
            acc, ap = (percent(interval(values_of(found, set_name=name, measure=m))) for m in ("acc", "ap"))
            distance = f"{frechet(found, name)} (one-shots)"
            lines.append(f"| ours, {NAMES[scheme][0]} | `{name}` clips, this study | {acc} | {ap} | {distance} |")
    return "\n".join(lines)


def setting(results: dict) -> str:
    """What the rows were trained with, from the results themselves."""
    budget, data, machine = results["budget"], results["data"], results["machine"]
    model, flow = budget["transformer"], budget["flow"]
    seeds = sorted({row["seed"] for row in results["rows"]})
    found = [row["trainSec"] / 60 for row in results["rows"]] or [0.0]
    start = budget["startSteps"]
    before = f"{start} steps on sound alone, shared by rows with the same audio embedding, then " if start else ""
    lines = [
        f"- budget `{budget['name']}`: {before}{budget['steps']} steps of {flow['batch']} windows "
        f"of {flow['window_sec']:g} s, learning rate {flow['learning_rate']:g}; "
        f"{len(seeds)} seed{'s' if len(seeds) > 1 else ''} ({seeds})",
        f"- model: {model['layers']} layers, {model['heads']} heads, width {model['width']}",
        f"- data: {json.dumps(data)}",
        f"- evaluation: {budget['solverSteps']} Euler steps, guidance 4, one take of each clip",
        f"- machine: {machine['device']}, {machine['cores']} cores, {machine['jobs']} rows side by side; "
        f"{min(found):.0f} to {max(found):.0f} minutes of training a row; {len(results['rows'])} rows done",
    ]
    return "\n".join(lines)


def put(text: str, *, name: str, content: str) -> str:
    """`text` with what stands between the markers of `name` replaced; ValueError if numbers would go and none come."""
    pattern = re.compile(rf"(<!-- begin {name} -->\n)(.*?)(<!-- end {name} -->)", re.DOTALL)
    found = pattern.search(text)
    if not found:
        raise ValueError(f"no markers <!-- begin {name} --> and <!-- end {name} --> in the document")
    if content == PENDING and found[2].strip() not in ("", PENDING):
        raise ValueError(f"the document has numbers in {name}, the results have none: give another document with --doc")
    return pattern.sub(lambda found: f"{found[1]}\n{content}\n\n{found[3]}", text)


def write_document(*, results: dict, path: Path) -> None:
    text = path.read_text()
    parts = {"setting": setting(results), "table2": table_2(results)}
    for name in dict.fromkeys([*set_names(results), *re.findall(r"<!-- begin table1-(\w+) -->", text)]):
        parts |= {f"table1-{name}": table_1(results, set_name=name), f"claims-{name}": claims(results, set_name=name)}
    for name, content in parts.items():
        text = put(text, name=name, content=content)
    path.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("docs/sape-study/results.json"))
    parser.add_argument("--doc", type=Path, default=Path("docs/sape-study.md"))
    parser.add_argument("--images", type=Path, default=Path("docs/images"))
    arguments = parser.parse_args()
    results = json.loads(arguments.results.read_text())
    write_document(results=results, path=arguments.doc)
    for path in draw_all(results=results, folder=arguments.images):
        print(path)


if __name__ == "__main__":
    main()
