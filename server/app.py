"""The web application: every package's routes under /api, health under /health."""

from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

import checkins.routes
import crisisplans.routes
import notifications.delivery.routes
import notifications.escalations.routes
import server.people.routes
from crisisplans.queries import main_line_number
from server.core.db import Database
from server.core.settings import Settings
from server.core.strict_json import LARGEST_BODY
from server.health import routes as health_routes
from server.people.caller import StrictRequest, provide_caller
from server.problems import HANDLERS

VERSION = "0.1.0"


def api_router() -> Router:
    """Everything under /api."""
    return Router(
        path="/api",
        route_handlers=[
            *server.people.routes.routes,
            *crisisplans.routes.routes,
            *checkins.routes.routes,
            *notifications.delivery.routes.routes,
            *notifications.escalations.routes.routes,
        ],
        dependencies={
            "caller": Provide(provide_caller, sync_to_thread=False),
            "main_line": Provide(main_line_number, sync_to_thread=False),
        },
    )


def openapi_config() -> OpenAPIConfig:
    """The description native apps build on, at /api/openapi.json."""
    return OpenAPIConfig(
        title="Handrail",
        version=VERSION,
        summary="Crisis plan, check-ins and accountable escalation.",
        path="/api",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")},
        ),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
    )


def openapi_document() -> dict[str, Any]:
    """The description as plain data; needs no database."""
    app = Litestar(
        route_handlers=[api_router()],
        request_class=StrictRequest,
        openapi_config=openapi_config(),
        logging_config=None,
    )
    return app.openapi_schema.to_schema()


def create_app(db: Database, settings: Settings) -> Litestar:
    """The application over one database. The caller closes the database after the application has stopped."""
    return Litestar(
        route_handlers=[api_router(), *health_routes],
        request_class=StrictRequest,
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        request_max_body_size=LARGEST_BODY,
        state=State({"db": db, "settings": settings}),
        logging_config=None,
        debug=False,
    )
