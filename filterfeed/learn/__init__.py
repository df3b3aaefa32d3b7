"""Labels into a model, and a model into figures."""
