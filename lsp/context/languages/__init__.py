"""What is to be known of a language to find what a file imports and to list what it defines: a module for each.

Invariant: none of it parses. A line is read by how it begins, so that a file that does not parse is read as well.
"""
