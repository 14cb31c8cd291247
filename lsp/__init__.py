"""Tandem's language server: knows editors and documents; asks the engine for what to show."""
