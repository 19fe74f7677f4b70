"""The worklist's commands, an area a file; cli.py mounts them."""
