"""One way to write a spec: text to formatted text, comments kept.

text -> layout (a document for each rule of the grammar) -> printer (lines) -> columns -> text
"""
