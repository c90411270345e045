// removed when the room has a source
