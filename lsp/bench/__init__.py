"""How fast suggestions come while somebody edits: what `tandem bench latency` measures."""
