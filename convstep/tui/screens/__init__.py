"""The debugger's screen, its bars and panels, and the screens over it."""
