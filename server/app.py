"""The web application: every package's routes under /api, the phone app under /app, the console, health."""

from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

import checkins.routes
import crisisplans.routes
import notifications.delivery.routes
import notifications.escalations.routes
import server.console.problems
import server.console.routes
import server.people.routes
import server.phone.pages
import server.programme
from crisisplans.queries import main_line
from notifications.delivery.messages import Sentence, say
from server.console.look import shipped_look, templates
from server.core.db import Database
from server.core.settings import Settings
from server.core.strict_json import LARGEST_BODY
from server.description import completed
from server.health import routes as health_routes
from server.people.caller import StrictRequest, provide_caller
from server.people.terms import Language
from server.phone.assets import shipped_phone
from server.problems import HANDLERS, as_problem

VERSION = "0.1.0"

OPENAPI_JSON = "application/vnd.oai.openapi+json"

ABOUT = """Everything under /api speaks JSON in UTF-8, at most 64 KiB a body (calendar files 2 MiB). Unknown fields,
keys sent twice and NUL are refused. Instants are RFC 3339 with an offset, ids are UUIDs, lists page by `cursor`.

Every refusal is application/problem+json (RFC 9457): `title` and `detail` are for people, `errors` names each field
by its path; what was sent is never repeated. Title and detail come in Spanish where Accept-Language puts it
first. What you may not see does not exist (404). PUT with an id that the phone
chose is safe to repeat. After a 503 nothing was stored: send the same again."""

BEARER = "The token from /api/pair or /api/sign-in. A browser gets a cookie instead and sends its Origin."


def help_words() -> dict[Language, str]:
    """The sentence that names the main help line, in each language."""
    return {language: say(Sentence.IF_NEEDED, language, main_line()) for language in Language}


async def kept_by_nobody(response: Response[Any]) -> Response[Any]:
    """What is somebody's own stays out of caches on the way and on the disk, and is read as what it says it is.

    It waits for nothing, but must be a coroutine: Litestar takes any other function through a thread, each time.
    """
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def api_router() -> Router:
    """Everything under /api."""
    return Router(
        path="/api",
        after_request=kept_by_nobody,
        route_handlers=[
            *server.people.routes.routes,
            *server.programme.routes,
            *crisisplans.routes.routes,
            *checkins.routes.routes,
            *notifications.delivery.routes.routes,
            *notifications.escalations.routes.routes,
        ],
        dependencies={
            "caller": Provide(provide_caller, sync_to_thread=False),
            "main_line": Provide(main_line, sync_to_thread=False),
            "help_words": Provide(help_words, sync_to_thread=False),
        },
    )


@cache
def openapi_document() -> dict[str, Any]:
    """The description native apps build on, as plain data; needs no database."""
    config = OpenAPIConfig(
        title="Handrail",
        version=VERSION,
        summary="Crisis plan, check-ins and accountable escalation.",
        description=ABOUT,
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", description=BEARER)},
        ),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, _method, _parts: handler.fn.__name__,
    )
    return completed(
        Litestar(
            route_handlers=[api_router()],
            request_class=StrictRequest,
            openapi_config=config,
            logging_config=None,
        )
    )


@get("/api/openapi.json", opt={"action": None}, include_in_schema=False, sync_to_thread=True)
def get_openapi() -> Response[bytes]:
    """The description of everything under /api."""
    return Response(msgspec.json.encode(openapi_document()), media_type=OPENAPI_JSON)


def fresh_state(db: Database, settings: Settings) -> State:
    """What every request finds: the database, the settings, and what was read once at the start."""
    return State({"db": db, "settings": settings, "phone": shipped_phone(), "console": shipped_look()})


def refused(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """An address that is none has no route to say who asks: a browser gets a page, everybody else problem+json."""
    for_people = request.method == "GET" and not request.url.path.startswith("/api")
    if for_people and "text/html" in request.headers.get("accept", ""):
        return server.console.problems.refused(request, error)
    return as_problem(request, error)


def create_app(db: Database, settings: Settings) -> Litestar:
    """The application over one database. The caller closes the database after the application has stopped."""
    return Litestar(
        route_handlers=[
            api_router(),
            get_openapi,
            *server.phone.pages.routes,
            *health_routes,
            server.console.routes.console_router(),
        ],
        request_class=StrictRequest,
        exception_handlers={**HANDLERS, HTTPException: refused},
        openapi_config=None,
        request_max_body_size=LARGEST_BODY,
        state=fresh_state(db, settings),
        template_config=templates(),
        logging_config=None,
        debug=False,
    )
