"""Logging in and out in the console."""

from tests.console.conftest import Visitor
from tests.desk import PASSWORD, add_analyst


def test_the_right_password_leads_to_the_queue(stranger: Visitor) -> None:
    add_analyst()
    assert stranger.log_in() == 303
    assert "No case waits" in stranger.get("/")
    assert stranger.client.get("/login").url.path == "/", "no second login"


def test_a_wrong_password_stays_at_the_form_and_shows_nothing_typed(stranger: Visitor) -> None:
    add_analyst()
    form = {"csrf": stranger.token("/login"), "name": "anna", "password": "typed words"}
    response = stranger.client.post("/login", data=form)
    assert response.status_code == 401
    assert "Wrong name or password" in response.text
    assert "typed words" not in response.text
    assert stranger.client.get("/").url.path == "/login"


def test_logging_out_ends_the_session_for_a_copied_cookie_too(anna: Visitor) -> None:
    copied = dict(anna.client.cookies)
    response = anna.client.post("/logout", data={"csrf": anna.token("/")})
    assert response.url.path == "/login"
    assert "flagpost_session" not in anna.client.cookies
    anna.client.cookies.update(copied)
    assert anna.client.get("/").url.path == "/login"


def test_a_login_takes_a_new_session_whatever_cookie_came_with_it(stranger: Visitor) -> None:
    add_analyst()
    stranger.client.cookies.set("flagpost_session", "planted")
    stranger.log_in()
    assert stranger.client.cookies.get("flagpost_session", domain="testserver.local") != "planted"


def test_names_are_shown_as_text(stranger: Visitor) -> None:
    add_analyst("<b>anna</b>")
    assert stranger.log_in("<b>anna</b>", PASSWORD) == 303
    page = stranger.get("/")
    assert "&lt;b&gt;anna&lt;/b&gt;" in page
    assert "<b>anna" not in page
