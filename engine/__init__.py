"""The engine process and what runs in it: tokens, caches and models; knows no editor."""
