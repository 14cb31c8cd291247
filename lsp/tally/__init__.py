"""What became of suggestions, counted on this machine for its user: accepted, and still there a while later."""
