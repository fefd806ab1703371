"""Every described operation, called as every role with bodies that fit and bodies that do not.

Nothing may answer with a 5xx, an undescribed status, another content type or another shape than described, and
nothing that breaks the described shape may be taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from server.app import openapi_document
from server.core.vault import Keys
from server.description import handlers
from server.people.roles import GRANTS, Action
from server.people.terms import Role
from tests.api.house import lived_in, on_sqlite, served
from tests.world import Person, World

EXAMPLES = 6
"""Fuzzed requests an operation, besides its own example and the systematic edge cases."""

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]

REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]
"""How a body that breaks its shape may be refused; one too large for any of them as well (413)."""

CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 20260113,
        "phases": {"coverage": {"unexpected-methods": []}, "stateful": {"enabled": False}},
        "generation": {"with-security-parameters": False},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
    }
)
# The live stream never ends; it has tests of its own.
schema = schemathesis.openapi.from_dict(openapi_document(), config=CONFIG).exclude(operation_id="get_stream")


@dataclass
class Callers:
    """Somebody of every role at the served application, with ids that exist."""

    world: World
    url: str
    ids: dict[str, Any]
    actions: dict[str, Action]
    turn: Iterator[int] = field(default_factory=count)

    def next(self, operation_id: str) -> Role:
        """Whose turn it is: twice somebody who may do this, then somebody of any role."""
        turn, action = next(self.turn), self.actions[operation_id]
        may = [role for role in Role if role in GRANTS[action]] or list(Role)
        return list(Role)[turn // 3 % len(Role)] if turn % 3 == 2 else may[turn % len(may)]

    def person(self, role: Role) -> Person:
        """Somebody of this role."""
        world = self.world
        return {
            Role.CLIENT: world.noor,
            Role.CASE_MANAGER: world.mara,
            Role.CLINICIAN: world.ida,
            Role.SUPERVISOR: world.sol,
            Role.ADMINISTRATOR: world.adi,
        }[role]

    def renew(self, person: Person) -> None:
        """A session that a request ended (a sign-out, for one) is begun anew."""
        person.token = self.world.new_session(person)


@pytest.fixture(scope="module")
def callers(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[Callers]:
    with on_sqlite(sqlite_template, tmp_path_factory.mktemp("contract"), keys) as world, served(world) as url:
        actions = {handler.fn.__name__: handler.opt["action"] for handler, *_ in handlers(world.client.app)}
        yield Callers(world, url, lived_in(world), actions)


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_service_does_what_its_description_says(case: schemathesis.Case, callers: Callers) -> None:
    real = next(callers.turn) % 4 != 0
    negative_path = [
        part.mode is GenerationMode.NEGATIVE
        for place, part in case.meta.components.items()
        if place.value == "path"
    ]
    if real and negative_path != [True]:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = callers.ids.get(name, case.path_parameters[name])
    person = callers.person(callers.next(case.operation.definition.raw["operationId"]))
    response = case.call(
        base_url=callers.url, headers={"Authorization": f"Bearer {person.token}"}, timeout=20
    )
    if response.status_code == 401:
        callers.renew(person)
    # Any text at all is a CSV file; what is wrong with it is the answer, not a refusal.
    # And a cry for help is heard whatever its body.
    heard = case.media_type == "text/csv" or case.operation.path.startswith("/api/me/help/")
    judged = CHECKS[:-1] if heard else CHECKS
    case.validate_response(response, checks=judged)
