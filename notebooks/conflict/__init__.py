"""View 3: why nothing fits, painted in the text, with repairs that apply themselves."""
