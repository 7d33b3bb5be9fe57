"""Everything between bytes and dicts: contracts, codecs, the registry's client, the engine's input row."""
