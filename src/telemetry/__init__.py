"""How a door and central are watched: health, figures, logs and traces. It knows nothing of cards."""
