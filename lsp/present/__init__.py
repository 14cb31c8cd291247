"""What of the model's text is shown: its rules, by what they look at, and what the editor is to insert for it."""
