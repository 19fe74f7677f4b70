"""Slides over DICOMweb: received by STOW-RS, or fetched by QIDO-RS and WADO-RS."""
