"""Who may do what, in one table. Rule: an action is allowed by role, and reaches as far as the relation beside it.

Read a line as: "a clinician may edit the plan of clients whose care team they are on". What is not in the table
is not allowed. Nothing ever reaches beyond the person's own programme (HIPAA minimum necessary, 164.502(b)).
"""

from collections.abc import Mapping
from enum import StrEnum

from server.people.terms import Role


class Relation(StrEnum):
    """How far an allowed action reaches."""

    SELF = "self"
    """Only the person's own record."""
    CARE = "care"
    """Clients on whose care team the person is now."""
    PROGRAMME = "programme"
    """Everything in the person's programme."""


class Action(StrEnum):
    """Everything that can be asked of the service; each route names exactly one."""

    PUBLIC = "public"
    SIGN_OUT = "sign_out"
    ENROL_SECOND_FACTOR = "enrol_second_factor"
    OWN_DEVICES = "own_devices"

    READ_OWN = "read_own"
    EDIT_OWN = "edit_own"
    ANSWER_OWN = "answer_own"
    ASK_FOR_HELP = "ask_for_help"
    PROPOSE_ENTRY = "propose_entry"

    LIST_STAFF = "list_staff"
    MANAGE_STAFF = "manage_staff"
    EDIT_PROGRAMME = "edit_programme"

    VIEW_CLIENT = "view_client"
    CREATE_CLIENT = "create_client"
    EDIT_CLIENT = "edit_client"
    INVITE_CLIENT = "invite_client"
    EDIT_CARE_TEAM = "edit_care_team"
    DISCHARGE_CLIENT = "discharge_client"
    """End a client's time in the programme, or take them back in."""

    VIEW_PLAN = "view_plan"
    EDIT_PLAN = "edit_plan"
    VIEW_CHECKINS = "view_checkins"
    ENTER_ANSWERS = "enter_answers"
    EDIT_SCHEDULE = "edit_schedule"
    VIEW_QUESTIONNAIRES = "view_questionnaires"
    EDIT_QUESTIONNAIRES = "edit_questionnaires"

    VIEW_CASES = "view_cases"
    RAISE_CASE = "raise_case"
    ACT_ON_CASE = "act_on_case"

    VIEW_ROTA = "view_rota"
    EDIT_ROTA = "edit_rota"
    ENTER_ABSENCE = "enter_absence"
    """Enter out of office: their own, or anybody's of the programme."""
    SWAP_DUTY = "swap_duty"
    """Offer a duty of one's own to a colleague, and answer what they offer."""

    RUN_DRILL = "run_drill"
    """Start a practice case, and see who answered the last ones and how fast."""
    ANSWER_DRILL = "answer_drill"
    """Answer a practice case that called oneself."""

    VIEW_CRISIS_LINES = "view_crisis_lines"
    EDIT_CRISIS_LINES = "edit_crisis_lines"

    VIEW_SUPERVISION = "view_supervision"
    OWN_SESSIONS = "own_sessions"


_STAFF = (Role.CASE_MANAGER, Role.CLINICIAN, Role.SUPERVISOR, Role.ADMINISTRATOR)


def _all_staff(relation: Relation) -> dict[Role, Relation]:
    return dict.fromkeys(_STAFF, relation)


_CARE_TEAM = {
    Role.CASE_MANAGER: Relation.CARE,
    Role.CLINICIAN: Relation.CARE,
    Role.SUPERVISOR: Relation.PROGRAMME,
}
_CLINICIANS = {Role.CLINICIAN: Relation.CARE, Role.SUPERVISOR: Relation.PROGRAMME}
_OWN = {Role.CLIENT: Relation.SELF}

GRANTS: Mapping[Action, Mapping[Role, Relation]] = {
    Action.PUBLIC: {},
    Action.SIGN_OUT: {**_OWN, **_all_staff(Relation.SELF)},
    Action.ENROL_SECOND_FACTOR: _all_staff(Relation.SELF),
    Action.OWN_DEVICES: {**_OWN, **_all_staff(Relation.SELF)},
    Action.READ_OWN: _OWN,
    Action.EDIT_OWN: _OWN,
    Action.ANSWER_OWN: _OWN,
    Action.ASK_FOR_HELP: _OWN,
    Action.PROPOSE_ENTRY: _OWN,
    Action.LIST_STAFF: _all_staff(Relation.PROGRAMME),
    Action.MANAGE_STAFF: {Role.ADMINISTRATOR: Relation.PROGRAMME},
    Action.EDIT_PROGRAMME: {Role.ADMINISTRATOR: Relation.PROGRAMME},
    Action.VIEW_CLIENT: _CARE_TEAM,
    Action.CREATE_CLIENT: {
        Role.CASE_MANAGER: Relation.PROGRAMME,
        Role.CLINICIAN: Relation.PROGRAMME,
        Role.SUPERVISOR: Relation.PROGRAMME,
    },
    Action.EDIT_CLIENT: _CARE_TEAM,
    Action.INVITE_CLIENT: _CARE_TEAM,
    Action.EDIT_CARE_TEAM: {Role.CASE_MANAGER: Relation.CARE, Role.SUPERVISOR: Relation.PROGRAMME},
    Action.DISCHARGE_CLIENT: {Role.CASE_MANAGER: Relation.CARE, Role.SUPERVISOR: Relation.PROGRAMME},
    Action.VIEW_PLAN: _CARE_TEAM,
    Action.EDIT_PLAN: _CLINICIANS,
    Action.VIEW_CHECKINS: _CARE_TEAM,
    Action.ENTER_ANSWERS: _CARE_TEAM,
    Action.EDIT_SCHEDULE: _CARE_TEAM,
    Action.VIEW_QUESTIONNAIRES: _CARE_TEAM,
    Action.EDIT_QUESTIONNAIRES: _CLINICIANS,
    Action.VIEW_CASES: _CARE_TEAM,
    Action.RAISE_CASE: _CARE_TEAM,
    Action.ACT_ON_CASE: _CARE_TEAM,
    Action.VIEW_ROTA: _all_staff(Relation.PROGRAMME),
    Action.EDIT_ROTA: {Role.SUPERVISOR: Relation.PROGRAMME, Role.ADMINISTRATOR: Relation.PROGRAMME},
    Action.ENTER_ABSENCE: {
        Role.CASE_MANAGER: Relation.SELF,
        Role.CLINICIAN: Relation.SELF,
        Role.SUPERVISOR: Relation.PROGRAMME,
        Role.ADMINISTRATOR: Relation.PROGRAMME,
    },
    Action.SWAP_DUTY: {
        Role.CASE_MANAGER: Relation.SELF,
        Role.CLINICIAN: Relation.SELF,
        Role.SUPERVISOR: Relation.SELF,
    },
    Action.RUN_DRILL: {Role.SUPERVISOR: Relation.PROGRAMME, Role.ADMINISTRATOR: Relation.PROGRAMME},
    Action.ANSWER_DRILL: _all_staff(Relation.SELF),
    Action.VIEW_CRISIS_LINES: _all_staff(Relation.PROGRAMME),
    Action.EDIT_CRISIS_LINES: {
        Role.ADMINISTRATOR: Relation.PROGRAMME,
        Role.SUPERVISOR: Relation.PROGRAMME,
    },
    Action.VIEW_SUPERVISION: {Role.SUPERVISOR: Relation.PROGRAMME},
    Action.OWN_SESSIONS: _all_staff(Relation.SELF),
}

ENDS_WITH_DISCHARGE = frozenset({Action.EDIT_PLAN, Action.EDIT_SCHEDULE, Action.ENTER_ANSWERS})
"""Refused for a client who is discharged. A case may be raised for them all the same: a call for help is heard."""


def reach(role: str, action: Action) -> Relation | None:
    """How far `action` reaches for somebody of this role, or None when the role does not include it."""
    grants = GRANTS[action]
    return next((relation for granted, relation in grants.items() if granted == role), None)
