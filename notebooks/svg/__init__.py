"""Drawing: the few SVG elements, scales and axes that the views' pictures are made of."""
