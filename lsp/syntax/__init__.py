"""Whether a suggestion leaves a document parsing, as tree-sitter's grammars see it."""
