"""Runs WSInfer's own command line in its own environment, without the internet that it asks for its list of models.

    WSINFER_PYTHON wsinfer_run.py EVERY_NTH run --wsi-dir ... (WSInfer's own arguments)

EVERY_NTH: 1 for all patches, n to keep every nth patch that WSInfer finds, for a rate without a whole run.
"""

import sys

import wsinfer_zoo.client

wsinfer_zoo.client.load_registry = lambda *_: wsinfer_zoo.client.ModelRegistry(models={})

from wsinfer import patchlib  # noqa: E402
from wsinfer.cli.cli import cli  # noqa: E402


def main() -> None:
    """Hands the arguments over."""
    step = int(sys.argv.pop(1))
    found = patchlib.get_patch_coordinates_within_polygon
    patchlib.get_patch_coordinates_within_polygon = lambda **about: found(**about)[::step]
    cli()


if __name__ == "__main__":
    main()
