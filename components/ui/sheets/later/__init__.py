"""What of a sheet is sent later: as a batch, which its server answers within a day, or at a time that a person sets."""
