"""From labels to a model that may be used: data, networks, slide heads, judging, shipping, and what to label next."""
