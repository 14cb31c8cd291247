"""How good suggestions are on code that the models cannot have seen, behind `tandem eval`."""
