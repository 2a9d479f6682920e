"""The life of a card, its QR codes, its way onto a phone, and what doors ask of it."""
