"""The web application: the files of ``static/``, the pages as JSON, and saves."""

from __future__ import annotations

from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from copytaster.desk.desk import Desk
from copytaster.desk.guard import Guard
from copytaster.desk.records import MAX_BODY, BadSaveError, listing, save_of, saved, sheet
from copytaster.desk.sheet import MarksError, SheetError, StaleError
from copytaster.labels.guide import guide

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_INDEX = "index.html"


def desk_app(desk: Desk, token: str, cookie: str) -> ASGIApp:
    """The application for a desk.

    Args:
        desk: The desk.
        token: See `Guard`.
        cookie: See `Guard`.
    """
    # Read once, and found by name among those: no path that is asked for reaches the disk.
    static = {
        file.name: (file.read_bytes(), _TYPES[file.name[file.name.rindex(".") :]])
        for file in files("copytaster.desk").joinpath("static").iterdir()
        if file.name.endswith(tuple(_TYPES))
    }

    async def get_static(request: Request) -> Response:
        name = request.path_params.get("name", _INDEX)
        if name not in static:
            raise HTTPException(404, "no such file")
        content, media_type = static[name]
        return Response(content, media_type=media_type)

    async def get_guide(_: Request) -> Response:
        return Response(guide(), media_type="text/markdown; charset=utf-8")

    async def get_pages(_: Request) -> Response:
        return JSONResponse(listing(desk))

    async def get_page(request: Request) -> Response:
        key = _key(request, desk)
        return JSONResponse(sheet(desk, key, desk.content(key)))

    # What waits for the disk here keeps nobody waiting but the one user there is, and saves cannot overtake each other.
    async def put_page(request: Request) -> Response:
        key = _key(request, desk)
        version, marks, is_done = save_of(await _body(request))
        try:
            content = desk.save(key, version, marks, is_done=is_done)
        except StaleError as error:
            now = sheet(desk, key, desk.content(key))
            return JSONResponse({"error": f"{error}: its newer labels are shown", "page": now}, 409)
        return JSONResponse(saved(desk, key, content))

    app = Starlette(
        routes=[
            Route("/", get_static),
            Route("/static/{name}", get_static),
            Route("/guide", get_guide),
            Route("/pages", get_pages),
            Route("/pages/{key}", get_page, methods=["GET"]),
            Route("/pages/{key}", put_page, methods=["PUT"]),
        ],
        exception_handlers={
            HTTPException: _told_http,
            BadSaveError: _told(400),
            MarksError: _told(400),
            SheetError: _told(500),
        },
    )
    return Guard(app, token, cookie)


def _key(request: Request, desk: Desk) -> str:
    key: str = request.path_params["key"]
    if key not in desk.places:
        raise HTTPException(404, "this page is not on the desk: the command was started with other pages")
    return key


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, "the save is too large")
    return body


def _told(status: int):  # type: ignore[no-untyped-def]
    async def tell(_: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, status)

    return tell


async def _told_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code)
