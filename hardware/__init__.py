"""The devices that models run on; knows nothing above."""
