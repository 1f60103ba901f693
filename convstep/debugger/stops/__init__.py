"""Breakpoints: the language of their conditions, its evaluation on arrays, and the search for the next match."""
