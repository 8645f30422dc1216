"""What a limit is worth: the step curve of the best goal against it, and all limits at once."""
