"""Reads ONNX models by a small reader of their format, with nothing but NumPy."""
