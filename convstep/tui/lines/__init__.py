"""Strips, colours and colour scales, and the widgets that render strips."""
