"""Words every package shares about people: roles, risk levels, languages. Plain enumerations, no behaviour."""

from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person is to the installation. One person has one role."""

    CLIENT = "client"
    CASE_MANAGER = "case_manager"
    CLINICIAN = "clinician"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class CareRole(StrEnum):
    """What a staff member is to one client for the length of a care-team spell."""

    CASE_MANAGER = "case_manager"
    BACKUP = "backup"
    SUPERVISOR = "supervisor"
    CLINICIAN = "clinician"


class RiskLevel(StrEnum):
    """The clinician's standing judgement of a client's risk; it sets review dates and the missed policy."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Language(StrEnum):
    """Languages the client surface speaks completely."""

    EN = "en"
    ES = "es"


class LockChoice(StrEnum):
    """How the client's phone keeps the plan: open by their own choice, behind a PIN, or behind a passkey."""

    OPEN = "open"
    PIN = "pin"
    PASSKEY = "passkey"


class LeavingReason(StrEnum):
    """Why a client leaves the programme."""

    FINISHED = "finished"
    OTHER_CARE = "other_care"
    MOVED = "moved_away"
    OWN_WISH = "own_wish"
    LOST_TOUCH = "lost_touch"
    DIED = "died"
    OTHER = "other"
