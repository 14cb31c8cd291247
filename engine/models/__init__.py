"""From published weights to a bundle that the engine can trust."""
