"""Nobody passes without a login, no form without its token, no answer without its headers."""

import re

import pytest
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect

from tests.console.conftest import Visitor
from tests.desk import PASSWORD, add_analyst, drawing, open_case
from triage import db
from triage.console import guard, headers
from triage.console.app import create_app
from triage.console.guard import LARGEST_FORM
from triage.db import session_scope
from triage.models import Case, CaseState
from triage.settings import get_settings

ROUTES = [
    (method.upper(), path.replace("{case_id}", "1").replace("{sha256}", "a" * 64))
    for path, methods in create_app().openapi()["paths"].items()
    for method in methods
]
PRIVATE = [(method, path) for method, path in ROUTES if path not in guard.PUBLIC]
FORMS = [path for method, path in ROUTES if method == "POST"]


def test_the_walk_finds_the_routes_and_knows_all_that_is_public() -> None:
    assert {("GET", "/"), ("GET", "/cases/1"), ("POST", "/cases/1/decision")} <= set(PRIVATE)
    assert not any("{" in path for _, path in ROUTES), "fill in the new parameter above"
    assert {"/login", "/healthz"} == guard.PUBLIC
    assert [r.path for r in create_app().routes if isinstance(r, Mount)] == ["/static"]


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_a_stranger_is_sent_to_the_login(stranger: Visitor, method: str, path: str) -> None:
    open_case("I will shoot them all, secret words", pictures=(drawing(),))
    response = stranger.client.request(method, path, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/login")
    assert response.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/no-such-page",
        "/docs",
        "/openapi.json",
        "/cases/1/",
        "/Login",
        "/login/",
        "/static",
        "//login",
        "/login%00",
    ],
)
def test_a_path_that_nobody_thought_of_is_private(stranger: Visitor, path: str) -> None:
    response = stranger.client.get(path, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/login")


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_a_private_route_opens_to_no_stranger_even_if_the_guard_sleeps(
    stranger: Visitor, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    open_case()
    form = {"csrf": stranger.token("/login"), "verdict": "dismiss"}
    monkeypatch.setattr(guard, "PUBLIC", {path})
    response = stranger.client.request(method, path, data=form, follow_redirects=False)
    assert (response.status_code, "Log in first" in response.text) == (403, True)


@pytest.mark.parametrize(
    "host", ["x/static/?", "x/static/#", "x/login?", "x/login#", "x@y/static/", "[", "x\\static\\"]
)
def test_a_made_up_host_header_opens_no_door(stranger: Visitor, host: str) -> None:
    open_case()
    for path in ("/", "/cases/1"):
        response = stranger.client.get(path, headers={"host": host}, follow_redirects=False)
        assert response.status_code in (303, 400), response.text


def test_a_made_up_cookie_is_no_login(stranger: Visitor) -> None:
    stranger.client.cookies.set("flagpost_session", "made up")
    response = stranger.client.get("/", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/login?ended=1")
    assert "You were logged out" in stranger.get("/")


def test_static_files_do_not_open_a_way_out_of_their_folder(stranger: Visitor) -> None:
    assert stranger.client.get("/static/console.css").status_code == 200
    for path in ("/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/templates/case.html"):
        assert stranger.client.get(path).status_code == 404


def test_a_websocket_is_refused(anna: Visitor) -> None:
    with pytest.raises(WebSocketDisconnect), anna.client.websocket_connect("/"):
        pass


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("form", [{}, {"csrf": ""}, {"csrf": "guessed"}, {"csrf": "\u00e4\ud83d\ude00"}])
def test_a_form_without_its_token_changes_nothing(anna: Visitor, path: str, form: dict[str, str]) -> None:
    case_id = open_case()
    fields = {"verdict": "dismiss", "reason": "game_or_film", "name": "anna", "password": PASSWORD}
    form = {key: value.encode("utf-16", "surrogatepass").decode("utf-16") for key, value in form.items()}
    response = anna.client.post(path, data=fields | form, follow_redirects=False)
    assert response.status_code == 403
    assert "out of date" in response.text
    assert anna.client.get("/").url.path == "/", "still logged in"
    with session_scope() as session:
        assert session.get_one(Case, case_id).state == CaseState.OPEN


def test_a_login_form_needs_the_token_of_its_own_cookie(stranger: Visitor) -> None:
    add_analyst()
    token = stranger.token("/login")
    stranger.client.cookies.clear()
    form = {"csrf": token, "name": "anna", "password": PASSWORD}
    assert stranger.client.post("/login", data=form).status_code == 403


def test_a_token_of_another_session_does_not_count(anna: Visitor) -> None:
    old = anna.token("/")
    anna.client.post("/logout", data={"csrf": old})
    anna.log_in()
    assert anna.token("/") != old
    assert anna.client.post("/logout", data={"csrf": old}).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"), [("/login", 200), ("/nowhere", 404), ("/healthz", 200), ("/static/console.css", 200)]
)
def test_every_answer_has_the_security_headers(anna: Visitor, path: str, status: int) -> None:
    response = anna.client.get(path, follow_redirects=False)
    assert response.status_code in (status, 303)
    assert all(response.headers[name] == value for name, value in headers.SECURITY.items())


def test_a_crash_shows_a_page_with_the_headers_and_without_the_reason(
    anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("triage.cases.queue", crash)
    response = anna.client.get("/")
    assert response.status_code == 500
    assert "Our mistake" in response.text
    assert "secret words" not in response.text
    assert all(response.headers[name] == value for name, value in headers.SECURITY.items())


def test_without_a_database_the_console_says_so(anna: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert anna.get("/healthz") == "ok\n"
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    get_settings.cache_clear()
    db.forget_engine()
    response = anna.client.get("/")
    assert response.status_code == 503
    assert "cannot reach one of its services" in response.text
    assert anna.client.get("/healthz").status_code == 503
    db.forget_engine()


def test_a_form_that_is_too_large_is_refused_before_it_is_read(anna: Visitor) -> None:
    token = anna.token("/")
    response = anna.client.post("/logout", data={"csrf": token, "note": "x" * LARGEST_FORM})
    assert response.status_code == 413
    endless = anna.client.post("/logout", content=iter([b"csrf=", token.encode()]))
    assert endless.status_code == 413


@pytest.mark.parametrize(
    ("secure", "name"), [("false", "flagpost_session"), ("true", "__Host-flagpost_session")]
)
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    stranger: Visitor, monkeypatch: pytest.MonkeyPatch, secure: str, name: str
) -> None:
    monkeypatch.setenv("FLAGPOST_CONSOLE_SECURE_COOKIES", secure)
    get_settings.cache_clear()
    stranger.client.base_url = "https://testserver"
    add_analyst()
    form = {"csrf": stranger.token("/login"), "name": "anna", "password": PASSWORD}
    response = stranger.client.post("/login", data=form, follow_redirects=False)
    (cookie,) = [c for c in response.headers.get_list("set-cookie") if c.startswith(name + "=")]
    assert re.search(r"; HttpOnly", cookie)
    assert re.search(r"; Path=/(;|$)", cookie)
    assert re.search(r"; SameSite=strict", cookie)
    assert "Domain" not in cookie
    assert ("Secure" in cookie) is (secure == "true")
    assert ("strict-transport-security" in response.headers) is (secure == "true")
    assert "Queue" in stranger.get("/")
