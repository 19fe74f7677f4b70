"""Who acts in the tests."""

from worklist.people import Actor, Role

SYSTEM = Actor("a system", "system", "test")


def pathologist(name: str) -> Actor:
    """A pathologist of that name."""
    return person(name, "pathologist")


def person(name: str, role: Role) -> Actor:
    """Somebody in that role."""
    return Actor(name, role, "test")
