"""What a person sees and does: notebooks in JupyterLab, in headless Chromium."""
