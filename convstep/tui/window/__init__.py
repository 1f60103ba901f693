"""The window panel: the numbers of the current window, with the face of its layer."""
