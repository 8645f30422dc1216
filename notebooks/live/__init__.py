"""What live views share: a widget with two still faces beside it, and work beside the kernel."""
