"""DICOM pictures that are no volume: cine loops, encapsulated video, colour stills. Used in worker processes."""
