"""The commands of the engine's own command line, a module each: `add` declares it, and what it declares runs it."""
