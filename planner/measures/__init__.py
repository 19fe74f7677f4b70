"""From what happened in a replication to figures with intervals."""
