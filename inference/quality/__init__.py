"""Judges whether a slide can be read at all: each check a number, a verdict, and what to do about it.

A verdict is for people. A rejected slide keeps its place on the list with its reason; it is never dropped.

    checks  what a Quality is made of; loads nothing that reckons on pictures, since pages show it too
    focus   where on the tissue to look at full resolution, and how much of that is out of focus
    judge   all checks together, as a Quality
"""
