"""Typing without a person: what is typed, how fast, what is shown meanwhile, and what came of it."""
