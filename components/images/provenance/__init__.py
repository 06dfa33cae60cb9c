"""Where an image comes from: its signed provenance (C2PA), read by the optional package `c2pa-python`."""
