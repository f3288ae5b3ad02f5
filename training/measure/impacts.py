"""What a pack's impact head is worth by itself, against people's labels of real clips, as `training.real` refines them.

    python -m training.measure.impacts --clips DIR [--split val] [--pack DIR] [--cache DIR] [--json FILE]

Peaks of all clips are pooled. Read it on clips that the pack did not learn from; decoded frames are kept in `--cache`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import onnxruntime
import torch

from training.encoder import pick_peaks
from training.measure.pack import markdown
from training.pictures import whole_clip
from training.real import load_clips
from training.sync_score import impact_marks


def measure(*, pack: Path, clips: Path, split: str, cache: Path) -> dict[str, float]:
    """`training.sync_score.impact_marks` of the clips of one split."""
    visual = json.loads((pack / "manifest.json").read_text())["visual"]
    session = onnxruntime.InferenceSession(str(pack / "visual-encoder.onnx"), providers=["CPUExecutionProvider"])
    results = []
    for clip in load_clips(clips, split=split, rate=visual["rateHz"], cache=cache):
        frames = whole_clip(clip, size=visual["width"])[0].numpy()
        (impact,) = session.run(["impact"], {"frames": frames})
        results.append(([hit.time_sec for hit in clip.hits], *pick_peaks(torch.from_numpy(impact), rate=clip.rate)))
    return impact_marks(clips=results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="real clips with clips.json")
    parser.add_argument("--split", default="val")
    parser.add_argument("--pack", type=Path, default=Path("resources/models/hits"))
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        given = {"pack": arguments.pack, "clips": arguments.clips, "split": arguments.split}
        marks = measure(cache=arguments.cache or Path(scratch), **given)
    if arguments.json:
        arguments.json.write_text(json.dumps(marks, indent=2))
    headings = ["AP at 0.1 s", "AP at 0.05 s", "best F1", "at threshold", "offset, median"]
    values = [f"{marks[name]:.3f}" for name in ("ap100", "ap50", "f1", "threshold")]
    print(markdown(headings, [[*values, f"{marks['offset_ms']:+.1f} ms"]]))


if __name__ == "__main__":
    main()
