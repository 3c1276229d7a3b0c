"""Studies in a zip or tar file, unpacked to a private cache while they are open."""
