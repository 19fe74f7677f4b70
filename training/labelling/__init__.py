"""Which tiles or slides to label next."""
