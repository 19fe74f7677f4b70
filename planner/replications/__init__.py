"""Many futures of one scenario: on all cores or a cluster, the same numbers anywhere."""
