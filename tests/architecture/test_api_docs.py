"""The pages on the API and on incidents name every word that the code has."""

from pathlib import Path

import pytest

from central.errors import Kind
from central.ports.happenings import IncidentKind
from central.ports.records import Role
from central.versioning import VERSIONS

DOCS = Path(__file__).resolve().parents[2] / "docs"
API = (DOCS / "reference" / "api.md").read_text("utf-8")
INCIDENTS = (DOCS / "howto" / "incidents.md").read_text("utf-8")


@pytest.mark.parametrize("word", [*Kind, *Role, *VERSIONS.supported])
def test_every_problem_role_and_version_is_in_the_page_of_the_api(word: str) -> None:
    assert f"`{word}`" in API


@pytest.mark.parametrize("kind", IncidentKind)
def test_every_kind_of_incident_says_what_to_do(kind: IncidentKind) -> None:
    assert f"| `{kind.value}` |" in INCIDENTS
