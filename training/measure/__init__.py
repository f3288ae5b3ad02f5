"""What a pack sounds like, as it ships: codec, materials, takes (docs/quality.md has the commands)."""
