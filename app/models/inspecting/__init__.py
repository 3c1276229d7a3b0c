"""Networks that find burned-in text and faces in a picture."""
