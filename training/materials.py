"""The material vocabulary: what a clip can be made to sound of, and how other vocabularies map to it.

A pack's manifest repeats MATERIALS in this order (the index is what the model sees): append, never reorder.
"""

from __future__ import annotations

MATERIALS: tuple[str, ...] = (
    "wood",
    "metal",
    "glass",
    "ceramic",
    "stone",
    "plastic",
    "cloth",
    "paper",
    "leaf",
    "dirt",
    "gravel",
    "water",
    "skin",
    "flesh",
)

# Names in the one-shots' manifest. None: too mixed to stand for a material (a car door, a chest, a boarded window),
# heard by the codec only. "skin" is a stretched drum skin, "flesh" a body: hands, thumps, bare feet.
ONESHOT_MATERIALS: dict[str, str | None] = {
    "wood": "wood",
    "wood box (cajon)": "wood",
    "wood-plank": "wood",
    "door_knock": "wood",
    "choppy": "wood",
    "floor": "wood",
    "stomp (shoe on floor)": "wood",
    "metal": "metal",
    "metal-plate": "metal",
    "metal-bell": "metal",
    "metal-tin": "metal",
    "chain": "metal",
    "fence": "metal",
    "glass": "glass",
    "ceramic": "ceramic",
    "stone": "stone",
    "rock": "stone",
    "concrete": "stone",
    "brick": "stone",
    "cracky": "stone",
    "hard": "stone",
    "plastic": "plastic",
    "carpet": "cloth",
    "carpet/cloth": "cloth",
    "soft": "cloth",
    "leaves": "leaf",
    "grass": "leaf",
    "snappy": "leaf",
    "dirt": "dirt",
    "soil": "dirt",
    "sand": "dirt",
    "gravel": "gravel",
    "water": "water",
    "skin drum": "skin",
    "skin/cloth": "flesh",
    "soft/body": "flesh",
    "flesh": "flesh",
    "melee": "flesh",
    "organic": "flesh",
    "barefoot": "flesh",
    "generic": None,
    "snow": None,
    "ice": None,
    "vehicle": None,
    "window": None,
    "chest": None,
    "wall": None,
}

# Labels of Greatest Hits (Owens et al. 2016). A plastic bag crinkles like paper, not like a plastic box; drywall is a
# hollow panel, nearest to wood. "None" is a hit whose material the annotators did not agree on.
GREATEST_HITS_MATERIALS: dict[str, str | None] = {
    "wood": "wood",
    "metal": "metal",
    "ceramic": "ceramic",
    "tile": "ceramic",
    "glass": "glass",
    "rock": "stone",
    "plastic": "plastic",
    "plastic-bag": "paper",
    "cloth": "cloth",
    "carpet": "cloth",
    "paper": "paper",
    "cardboard": "paper",
    "leaf": "leaf",
    "grass": "leaf",
    "dirt": "dirt",
    "gravel": "gravel",
    "water": "water",
    "drywall": "wood",
    "None": None,
}


def material_of_oneshot(name: str) -> str | None:
    """Canonical material of a one-shot's raw name; None if it stands for none. KeyError names an unknown raw name."""
    if name not in ONESHOT_MATERIALS:
        raise KeyError(f"one-shot material {name!r} is unknown: add it to ONESHOT_MATERIALS in training/materials.py")
    return ONESHOT_MATERIALS[name]


def material_of_label(name: str) -> str | None:
    """Canonical material of a Greatest Hits label; None for "None". KeyError names an unknown label."""
    if name in MATERIALS:
        return name
    if name not in GREATEST_HITS_MATERIALS:
        raise KeyError(f"Greatest Hits label {name!r} is unknown: expected one of {sorted(GREATEST_HITS_MATERIALS)}")
    return GREATEST_HITS_MATERIALS[name]
