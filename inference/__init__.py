"""A slide file in, a SlideResult out: read, find tissue, judge quality, cut tiles, score, write."""
