"""Frames and answers as text and JSON, without a screen."""
