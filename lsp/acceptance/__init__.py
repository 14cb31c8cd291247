"""How likely a suggestion is to be accepted as it stands, and from when on it is worth showing."""
