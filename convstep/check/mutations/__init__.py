"""Known mistakes, each as a change to one right implementation of an operation."""
