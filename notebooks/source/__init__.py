"""A spec's text, highlighted, with parts painted and values hung below what they belong to."""
