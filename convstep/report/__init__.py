"""Frames and answers as text and JSON lines, for people and for programs without a screen."""
