"""The maps of a layer's input, with the window, and of its output, with the current neuron."""
