"""A transformer goes on with another encoder: python -m training.adopt --before OLD --cache NEW

Every encoder has features of its own, and a transformer that learned on those of one reads those of the next as noise.
Both caches hold the same scenes and clips as each of the two saw them (`training.dataset pictures`, the same seed and
counts); what the old features are as a linear map of the new ones is found by least squares and folded into the
transformer's projection. Writes NEW/flow-SCHEME.pt, from which `training.train_flow` goes on; OLD stays as it is.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from training.checkpoint import load_checkpoint
from training.pairs import Picture
from training.restore import save_model
from training.train_flow import load_transformer
from training.transformer import Conditioner

# The same hit, where the two caches were told different times for it: a converted film's (training.conversion), slowed.
MOVED_SEC = 0.05
RIDGE = 1e-3  # of the mean square of the new features


def same_frames(before: list[Picture], after: list[Picture]) -> tuple[torch.Tensor, torch.Tensor]:
    """Features `[N, D]` and `[N, D']` of the same frames. Raises ValueError where the pictures are not the same."""
    seen = lambda pictures: [(p.source, len(p.features), len(p.events)) for p in pictures]
    times = lambda pictures: [event.time_sec for picture in pictures for event in picture.events]
    if seen(before) != seen(after) or not np.allclose(times(before), times(after), rtol=0, atol=MOVED_SEC):
        raise ValueError(
            "the two caches hold other scenes or clips: make both with training.dataset pictures and the same --seed, "
            "--scenes, --variants and --clips"
        )
    return tuple(torch.cat([picture.features for picture in pictures]).float() for pictures in (before, after))


@torch.no_grad()
def adopt(conditioner: Conditioner, *, before: torch.Tensor, after: torch.Tensor) -> float:
    """Makes `conditioner`, which reads features as `before` `[N, D]`, read those as `after` `[N, D']`, of the same
    frames. Returns which share of the variance of what it projected it projects still, at most 1."""
    old = conditioner.project
    wanted = F.linear((before - conditioner.feature_mean) / conditioner.feature_std, old.weight)
    mean, std = after.mean(0), after.std(0) + 1e-3
    given, offset = (after - mean) / std, wanted.mean(0)
    ridge = RIDGE * len(given) * torch.eye(given.shape[1])
    weight = torch.linalg.solve(given.T @ given + ridge, given.T @ (wanted - offset)).T
    # [Note: zero is no picture] Guidance's other branch has zeros for features and so knows the bias alone: it stays,
    # and what the frames have in common goes into the mean.
    conditioner.feature_mean = mean - std * torch.linalg.lstsq(weight, offset.unsqueeze(1)).solution[:, 0]
    conditioner.feature_std = std
    conditioner.project = torch.nn.Linear(*reversed(weight.shape))
    conditioner.project.weight.copy_(weight)
    conditioner.project.bias.copy_(old.bias)
    got = F.linear((after - conditioner.feature_mean) / std, weight)
    return 1 - float((wanted - got).square().sum() / (wanted - offset).square().sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="cache with the transformer, and its pictures.pt")
    parser.add_argument("--cache", type=Path, required=True, help="cache with pictures.pt of the new encoder")
    parser.add_argument("--scheme", default="sape_rope")
    arguments = parser.parse_args()
    name = f"flow-{arguments.scheme}.pt"
    if (arguments.cache / name).exists():
        parser.error(f"{arguments.cache / name} is there already: remove it to begin again with that of --before")
    model = load_transformer(arguments.before / name)
    made_by = "training.dataset pictures --cache DIR"
    read = lambda path: load_checkpoint(path, made_by=made_by, weights_only=False)
    before, after = same_frames(*(read(cache / "pictures.pt") for cache in (arguments.before, arguments.cache)))
    kept = adopt(model.conditioner, before=before, after=after)
    config = replace(model.config, feature_channels=after.shape[1])
    save_model(arguments.cache / name, model, origin=read(arguments.before / name).get("origin"), config=config)
    print(f"{len(after)} frames: {kept:.3f} of the variance of the projected features is kept")


if __name__ == "__main__":
    main()
