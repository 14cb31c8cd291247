"""What the model gets to read: the window around the cursor, and before it the background.

Invariant: all of it is text of documents that `lsp.trigger` does not refuse, cut at one moment.
"""
