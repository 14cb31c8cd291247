"""Which model runs on which device: what each takes here, measured and remembered, and which of them `auto` takes."""
