"""Answers to questions about a net, as plain data: one module or package a question, imported by whoever asks it."""
