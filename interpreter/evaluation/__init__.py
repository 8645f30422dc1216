"""The concrete, exact evaluator: it walks the text, apart from the lowering."""
