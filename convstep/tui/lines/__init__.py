"""Lines of text on the screen: strips, colours, and the widget that draws them."""
