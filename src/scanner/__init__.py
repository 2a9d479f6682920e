"""The door: reads cards from a camera, decides with or without a network, and writes down what it decided."""
