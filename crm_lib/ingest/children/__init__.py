"""What opens files that could be bombs: child processes of limited memory and time, and `in_child`, which asks them."""
