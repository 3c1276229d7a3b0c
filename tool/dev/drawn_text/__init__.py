"""How well burned-in text is found: on pictures drawn with known text, and how often it is seen where there is none."""
