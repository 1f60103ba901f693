"""The program of the child process in which learners' code runs. It imports NumPy, and nothing of ours outside."""
