"""Who comes in, and what every answer of the dashboard says to a browser."""

import pytest

from central.ports.records import Role
from central.sessions.service import LIFE_S
from tests.fakes.central_dashboard import Visitor, visiting
from tests.fakes.central_http import client_of
from tests.fakes.central_material import MAIN, World, card_of_ada
from tests.fakes.central_office import operator

PAGES = (
    "",
    "/entries",
    "/doors",
    "/incidents",
    "/alerts",
    "/cards",
    "/members",
    "/letters",
    "/system",
)


async def test_whoever_is_not_logged_in_is_asked_to() -> None:
    async with visiting(World(), role=None) as visitor:
        for path in (*PAGES, "/cards/" + "0" * 32, "/doors/d-1", "/trend"):
            answer = await visitor.get(path, 303)
            assert answer.headers["Location"] == "/dashboard/login"
            assert not answer.content
        assert (await visitor.get("/live", 204)).content == b""
        answer = await visitor.post("/incidents/x/handled")
        assert answer.headers["Location"] == "/dashboard/login"


async def test_a_token_is_typed_once_and_then_there_is_a_cookie() -> None:
    async with visiting(World()) as visitor:
        assert "Log out kim" in (await visitor.get()).text
        [cookie] = [c for c in visitor.client.cookies.jar if c.name == "gatepost_session"]
        assert (cookie.path, cookie.secure) == ("/dashboard", False)
        answer = await visitor.log_in("token of kim")
        given = answer.headers.get_list("Set-Cookie")[0]
        assert "HttpOnly" in given
        assert "SameSite=strict" in given


async def test_over_tls_the_cookie_is_for_tls_alone() -> None:
    world = World()
    operator(world.fake, "kim")
    async with client_of(world) as client:
        client.base_url = "https://central.test"
        answer = await Visitor(client).log_in("token of kim")
        assert "Secure" in answer.headers.get_list("Set-Cookie")[0]
        assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("token", ["", "wrong", "token of kim\n x", "\u00e9" * 50])
async def test_a_wrong_token_gives_no_session(token: str) -> None:
    async with visiting(World(), role=None) as visitor:
        answer = await visitor.log_in(token)
        assert answer.status_code == 401
        assert "No operator has this token." in answer.text
        await visitor.get("", 303)


async def test_who_guesses_has_to_wait() -> None:
    async with visiting(World(), role=None) as visitor:
        answers = [(await visitor.log_in("wrong")).status_code for _ in range(61)]
        assert answers[-1] == 429


async def test_a_role_that_may_not_look_is_told_so() -> None:
    world = World()
    operator(world.fake, "machine", (Role.EVENTS, MAIN))
    async with visiting(world, role=None) as visitor:
        answer = await visitor.log_in("token of machine")
        assert answer.status_code == 403
        assert "the role read is needed" in answer.text


async def test_a_login_from_another_page_is_refused() -> None:
    world = World()
    operator(world.fake, "kim")
    async with visiting(world, role=None) as visitor:
        await visitor.get("/login")
        visitor.csrf = "0" * 32
        answer = await visitor.post("/login", token="token of kim")
        assert (answer.status_code, "gatepost_session" in answer.headers["Set-Cookie"]) == (
            403,
            False,
        )
        visitor.client.cookies.clear()
        assert (await visitor.post("/login", token="token of kim")).status_code == 403


async def test_a_session_ends_by_itself() -> None:
    world = World()
    async with visiting(world) as visitor:
        world.clock.seconds += LIFE_S
        await visitor.get("", 303)


async def test_a_session_ends_with_its_operator() -> None:
    world = World()
    async with visiting(world) as visitor:
        world.central().operators.revoke("kim")
        await visitor.get("", 303)


async def test_a_name_that_got_a_new_token_is_another_operator() -> None:
    world = World()
    async with visiting(world) as visitor:
        central = world.central()
        central.operators.revoke("kim")
        world.clock.seconds += 1
        central.operators.add("kim", roles=[Role.READ], audiences=[MAIN])
        await visitor.get("", 303)


async def test_logging_out_ends_the_session_at_central() -> None:
    async with visiting(World()) as visitor:
        kept = visitor.client.cookies.get("gatepost_session")
        assert (
            await visitor.client.post("/dashboard/logout", data={"csrf": "no"})
        ).status_code == 403
        await visitor.get()
        answer = await visitor.post("/logout")
        assert answer.headers["Location"] == "/dashboard/login"
        visitor.client.cookies.set("gatepost_session", kept or "", path="/dashboard")
        await visitor.get("", 303)
        assert (await visitor.post("/logout")).status_code == 303


async def test_every_answer_is_strict_with_browsers() -> None:
    async with visiting(World()) as visitor:
        for path in (*PAGES, "/login"):
            headers = (await visitor.get(path)).headers
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'")
            assert "unsafe" not in policy
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Frame-Options"] == "DENY"
        for path in ("/nowhere", "/static/nothing.js"):
            answer = await visitor.client.get(f"/dashboard{path}")
            assert answer.status_code == 404


async def test_a_page_has_no_script_or_style_of_its_own() -> None:
    async with visiting(World()) as visitor:
        for path in PAGES:
            text = (await visitor.get(path)).text
            assert "<style" not in text
            assert " style=" not in text
            assert " onclick" not in text
            assert text.count("<script") == text.count('<script src="/dashboard/static/')


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"csrf=" + b"x" * 5_000, 413),
        ("application/x-www-form-urlencoded", b"\xff\xfe", 400),
        ("application/x-www-form-urlencoded", b"a=1&" * 50, 400),
        ("application/x-www-form-urlencoded", b"", 403),
    ],
)
async def test_a_form_that_is_none_changes_nothing(kind: str, body: bytes, status: int) -> None:
    world = World()
    card_of_ada(world.central())
    async with visiting(world) as visitor:
        writes = world.fake.writes
        answer = await visitor.client.post(
            "/dashboard/incidents/x/handled", content=body, headers={"Content-Type": kind}
        )
        assert answer.status_code == status
        assert world.fake.writes == writes


async def test_a_database_that_is_away_is_said_to_be() -> None:
    world = World()
    async with visiting(world) as visitor:
        world.fake.is_down = True
        answer = await visitor.get("", 503)
        assert "The database cannot be used now." in answer.text
        assert "disk I/O" not in answer.text
