"""Maps: the input with its window, the output with its current neuron."""
