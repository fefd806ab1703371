"""Addresses of clients as staff see them: the record, the invitation to pair a phone, the care team."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.response import Response

from server.core.db import Tx
from server.people import access, actions, invitations, queries, sessions
from server.people.api import described
from server.people.caller import Caller, action
from server.people.roles import Action
from server.people.routing import Cursor, IfMatch, qr, version_of
from server.people.schemas import CareSpellNew, ClientEdit, ClientList, ClientNew, ClientOut, InvitationOut


@get("/clients", opt=action(Action.VIEW_CLIENT), **described("My clients", 401, 403))
async def get_clients(caller: Caller, cursor: Cursor = None) -> ClientList:
    """The clients this person may see, by page."""
    return await caller.write(lambda tx: queries.client_list(tx, cursor))


@post("/clients", opt=action(Action.CREATE_CLIENT), **described("Add a client", 401, 403, 422))
async def post_client(caller: Caller, data: ClientNew) -> ClientOut:
    """Whoever adds a client starts on the care team."""
    return await caller.write(lambda tx: queries.client_out(tx, actions.create_client(tx, data).id))


@get(
    "/clients/{client_id:uuid}",
    opt=action(Action.VIEW_CLIENT),
    **described("A client", 401, 403, 404, tagged=True),
)
async def get_client(caller: Caller, client_id: UUID) -> Response[ClientOut]:
    """The record with an ETag to edit it by."""
    out = await caller.write(lambda tx: queries.client_out(tx, client_id))
    return Response(out, headers={"ETag": f'"{out.version}"'})


@put(
    "/clients/{client_id:uuid}",
    opt=action(Action.EDIT_CLIENT),
    **described("Edit a client", 401, 403, 404, 412, 422, 428, tagged=True),
)
async def put_client(
    caller: Caller, client_id: UUID, data: ClientEdit, if_match: IfMatch = None
) -> Response[ClientOut]:
    """Needs If-Match; 412 when somebody saved meanwhile."""
    version = version_of(if_match)

    def edit(tx: Tx) -> ClientOut:
        actions.edit_client(tx, client_id, data, version)
        return queries.client_out(tx, client_id)

    out = await caller.write(edit)
    return Response(out, headers={"ETag": f'"{out.version}"'})


@post(
    "/clients/{client_id:uuid}/invitations",
    opt=action(Action.INVITE_CLIENT),
    **described("Invite a client's phone", 401, 403, 404),
)
async def post_invitation(caller: Caller, client_id: UUID) -> InvitationOut:
    """A one-time code for 72 hours, also as a link and a QR picture. Earlier unused codes stop working."""

    def invite(tx: Tx) -> InvitationOut:
        facts = access.client(tx, Action.INVITE_CLIENT, client_id)
        row, code = invitations.create(tx, client_id=facts.id)
        link = f"{caller.settings.address}/app#pair={code}"
        return InvitationOut(code=code, link=link, qr=qr(link), expires_at=row.expires_at)

    return await caller.write(invite)


@delete(
    "/clients/{client_id:uuid}/sessions",
    opt=action(Action.INVITE_CLIENT),
    **described("Sign a client's phones out", 401, 403, 404),
)
async def delete_client_sessions(caller: Caller, client_id: UUID) -> None:
    """A lost phone: every session of this client ends at once."""
    await caller.write(
        lambda tx: sessions.revoke(tx, client_id=access.client(tx, Action.INVITE_CLIENT, client_id).id)
    )


@put(
    "/clients/{client_id:uuid}/care-team",
    opt=action(Action.EDIT_CARE_TEAM),
    **described("Give a care role", 401, 403, 404, 422),
)
async def put_care_team(caller: Caller, client_id: UUID, data: CareSpellNew) -> ClientOut:
    """From now on; the spell before ends. Without `staff_id` the role is left empty."""

    def give(tx: Tx) -> ClientOut:
        actions.set_care_role(tx, client_id, data)
        tx.session.expire_all()
        return queries.client_out(tx, client_id)

    return await caller.write(give)


routes = [
    get_clients,
    post_client,
    get_client,
    put_client,
    post_invitation,
    delete_client_sessions,
    put_care_team,
]
