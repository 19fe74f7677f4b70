"""The viewer's own scripts and the two libraries that the set-up takes from npm, served from this machine alone."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

PREFIX: Final = "/viewer-files"

_HERE: Final = Path(__file__).parent
_NPM: Final = _HERE / "node_modules"
_LIBRARIES: Final = {
    "openseadragon.js": _NPM / "openseadragon/build/openseadragon/openseadragon.min.js",
    "annotorious.js": _NPM / "@annotorious/openseadragon/dist/annotorious-openseadragon.js",
    "annotorious.css": _NPM / "@annotorious/openseadragon/dist/annotorious-openseadragon.css",
}
FILES: Final = {**_LIBRARIES, **{path.name: path for path in sorted((_HERE / "js").glob("*.js"))}}
"""All that is served, by name; nothing else is, whatever the address says."""

_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}


def libraries_are_there() -> bool:
    """Whether the set-up has brought them."""
    return all(path.is_file() for path in _LIBRARIES.values())


@cache
def address() -> str:
    """Where the files are, with a part that changes with their content: a browser may keep them for ever."""
    content = hashlib.sha256()
    for name, path in FILES.items():
        content.update(name.encode())
        content.update(path.read_bytes() if path.is_file() else b"")
    return f"{PREFIX}/{content.hexdigest()[:12]}/"


def library_routes() -> list[Route]:
    """They hold nobody's data and ask for no pass."""
    return [Route(f"{PREFIX}/{{version}}/{{name}}", _file, methods=["GET"])]


def _file(request: Request) -> Response:
    path = FILES.get(request.path_params["name"])
    if path is None or not path.is_file():
        return Response(status_code=404)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=kept)
