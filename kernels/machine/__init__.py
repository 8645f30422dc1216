"""What the machine at hand is: told by the processor, measured, and kept as a record."""
