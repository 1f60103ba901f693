"""Where to stop: the language of breakpoints, where its conditions hold, and the search for the next such window."""
