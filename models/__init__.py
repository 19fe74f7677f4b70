"""What scores: manifests, the registry, tile networks, calibration, export, bundled weights."""
