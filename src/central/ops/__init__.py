"""Running it: health, the HTTP edge, the API's description, the server process."""
