"""The application's own command line: `foley batch` makes the sound, `foley evaluate` scores it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

KEPT = ("acc", "ap", "f1", "attackF1", "attackMedianSec", "attackMedianAbsSec", "attackP90AbsSec")
COUNTED = ("referenceOnsets", "generatedOnsets", "hits")


@dataclass(frozen=True)
class Application:
    """`root` holds the built application (out/cli) and its node_modules."""

    root: Path

    def run(self, *arguments: str) -> dict:
        program = ("node", str(self.root / "out" / "cli" / "index.mjs"), *arguments, "--json")
        done = subprocess.run(program, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"foley {arguments[0]} ended with status {done.returncode}: {done.stderr[-2000:]}")
        return json.loads(done.stdout)

    def generate(self, *, films: Path, pack: Path, out: Path, seed: int) -> None:
        """A film for each one of `films`, at the pack's own defaults; those that are there are left alone."""
        how = ("--model", str(pack.resolve()), "--seed", str(seed), "--provider", "cpu")
        self.run("batch", str(films), "-o", str(out), *how)

    def evaluate(
        self,
        *,
        reference: Path,
        generated: Path | None,
        seconds: float,
        embedding: Path | None = None,
        rows: str = "none",
    ) -> dict:
        """Means and clips of the generated row, or of the first of `rows`."""
        what = ("--segment", f"{seconds:g}", "--max-sec", f"{seconds:g}", "--rows", rows)
        more = () if generated is None else ("--generated", str(generated))
        distance = () if embedding is None or generated is None else ("--embedding", str(embedding.resolve()))
        report = self.run("evaluate", "--reference", str(reference), *what, *more, *distance)
        found = report["rows"][0]
        summary = {name: rounded(found["summary"][name]) for name in KEPT}
        if found["summary"].get("fad") is not None:
            summary["frechetOneshots"] = rounded(found["summary"]["fad"])
        clips = [
            {"name": clip["name"], **{name: rounded(clip[name]) for name in (*COUNTED, *KEPT[:3])}}
            for clip in found["clips"]
        ]
        return {"summary": summary, "clips": clips}


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)
