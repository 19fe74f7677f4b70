"""Measurements made on purpose and by hand, never as tests: `benchmarks/README.md` says how."""
