"""The window panel: the numbers of the current window, laid out by a face for each kind of layer."""
