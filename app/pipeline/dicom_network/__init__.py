"""DICOM over the network: scanners send studies in, finished objects go out to an archive (PS3.4 annex B, PS3.8).

Runs in a process of its own, started by `framewise receive` or by the pipeline, so that nothing that a hostile peer
sends reaches the window. Needs the extra `dicom-network` (pynetdicom). Studies arrive in a staging folder and move to
the drop folder when they are complete; what is to be sent waits in an outbox until the archive has taken it.
"""
