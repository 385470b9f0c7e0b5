"""The parts that schemas are made of: strict fields, strict objects, and their description as JSON Schema."""
