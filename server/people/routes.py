"""Every address of sign-in, staff, clients and care teams."""

from server.people import client_routes, own_routes, sign_in_routes, staff_routes

routes = [*sign_in_routes.routes, *staff_routes.routes, *client_routes.routes, *own_routes.routes]
