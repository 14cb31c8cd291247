"""A simulated wafer-scale engine: what a model would take on it, in cycles."""
