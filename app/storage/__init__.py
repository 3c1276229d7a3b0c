"""Files: media readers, the journal, label lists, exporters and importers."""
