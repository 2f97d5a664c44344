"""An analyst at work, in a real browser, on a real server and database, with and without JavaScript."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from tests.desk import PASSWORD, add_analyst, drawing, open_case, seen_upper_left
from triage import audit
from triage.db import session_scope
from triage.models import AuditEntry, Review

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("database")]

CONTRAST = """
() => {  // pixels of the first picture, drawn as the browser shows it: their standard deviation
  const image = document.querySelector("img.picture"), canvas = document.createElement("canvas");
  canvas.width = 320; canvas.height = 240;
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0, 320, 240);
  const red = pen.getImageData(0, 0, 320, 240).data.filter((_, at) => at % 4 === 0);
  const mean = red.reduce((sum, value) => sum + value, 0) / red.length;
  return Math.sqrt(red.reduce((sum, value) => sum + (value - mean) ** 2, 0) / red.length);
}
"""


def log_in(page: Page, password: str = PASSWORD) -> None:
    page.goto("/")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def deeds() -> list[str]:
    with session_scope() as session:
        assert audit.verify(session) is None
        return [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_an_analyst_works_through_the_queue(page: Page) -> None:
    add_analyst()
    first = open_case("I will shoot them all tomorrow", pictures=(drawing(),))
    second = open_case("They will all be dead on Monday")
    log_in(page)
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    expect(page.locator("table.queue tbody tr")).to_have_count(2)

    page.get_by_role("link", name=f"Case {first}").click()
    expect(page.get_by_text("I will shoot them all tomorrow")).to_be_visible()
    expect(page.get_by_text("A picture of a gun together with violent text")).to_be_visible()
    expect_picture(page, blurred=True)
    page.get_by_role("button", name="Show picture 1").click()
    expect_picture(page, blurred=False)

    page.get_by_label("Reason to dismiss").select_option(label="Game, film or artwork")
    page.get_by_label("Note").first.fill("drawn stripes")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("status")).to_contain_text(f"Case {first} is decided")
    expect(page.locator("table.queue tbody tr")).to_have_count(1)

    page.get_by_role("link", name=f"Case {second}").click()
    page.get_by_label("Reason to escalate").select_option(label="Threat against a person or group")
    page.get_by_role("button", name="Escalate").click()
    expect(page.get_by_text("No case waits")).to_be_visible()

    page.get_by_role("link", name="Dismissed").click()
    page.get_by_role("link", name=f"Case {first}").click()
    expect(page.get_by_text("drawn stripes")).to_be_visible()
    expect(page.get_by_role("img", name="Picture 1 of the post, blurred")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert deeds()[1:] == [
        "login",
        "case.viewed",
        "case.viewed",
        "picture.opened",
        "case.decided",
        "case.viewed",
        "case.decided",
        "case.viewed",
        "logout",
    ]


def expect_picture(page: Page, *, blurred: bool) -> None:
    """The first picture is there, and so are its stripes, unless it is blurred."""
    picture = page.get_by_role("img", name="Picture 1 of the post")
    expect(picture).to_have_js_property("naturalWidth", 10 if blurred else 640)
    contrast = page.evaluate(CONTRAST)
    assert contrast < 40 if blurred else contrast > 100


def test_where_the_model_saw_a_gun_lies_over_the_opened_picture_and_can_be_switched_off(page: Page) -> None:
    add_analyst()
    case_id = open_case(pictures=(drawing(),), sighting=seen_upper_left())
    log_in(page)
    page.get_by_role("link", name=f"Case {case_id}").click()
    expect(page.get_by_text("upper left (15 to 40 % across")).to_be_visible()
    expect(page.locator("img.where")).to_have_count(0)
    page.get_by_role("button", name="Show picture 1").click()
    expect_picture(page, blurred=False)
    overlay, switch = page.locator("img.where"), page.get_by_label("Show where the model saw a gun")
    expect(overlay).to_have_js_property("naturalWidth", 640)
    expect(overlay).to_be_visible()
    assert overlay.bounding_box() == page.get_by_role("img", name="Picture 1").bounding_box()
    switch.press("Space")
    expect(overlay).to_be_hidden()
    expect(page.get_by_role("img", name="Picture 1 of the post")).to_be_visible()
    switch.press("Space")
    expect(overlay).to_be_visible()
    assert deeds().count("picture.opened") == 1, "switching the overlay is no second look"


def test_a_wrong_password_opens_nothing(page: Page) -> None:
    add_analyst()
    log_in(page, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("Wrong name or password")
    page.goto("/cases/1")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert deeds()[1:] == ["login.failed"]


def test_after_logging_out_the_back_button_shows_nothing(page: Page) -> None:
    add_analyst()
    case_id = open_case("I will shoot them all tomorrow")
    log_in(page)
    page.get_by_role("link", name=f"Case {case_id}").click()
    page.get_by_role("button", name="Log out").click()
    # Chromium has no history to ask while it swaps one page for the next: let the next one come.
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("I will shoot them all tomorrow")).to_have_count(0)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_the_keyboard_is_enough(page: Page) -> None:
    add_analyst()
    case_id = open_case("I will shoot them all tomorrow", pictures=(drawing(),))
    page.goto("/login")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    expect(page.locator("[name=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    tab_to(page, page.get_by_role("link", name=f"Case {case_id}"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Show picture 1"))
    page.keyboard.press("Enter")
    expect_picture(page, blurred=False)
    tab_to(page, page.get_by_label("Reason to escalate"))
    page.keyboard.type("Threat against a person")
    tab_to(page, page.get_by_role("button", name="Escalate"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"Case {case_id} is decided")
    with session_scope() as session:
        assert session.scalars(select(Review.reason_code)).one() == "threat_to_people"


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, and see that the focus shows."""
    expect(target).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
            return
    raise AssertionError(f"30 times Tab did not reach {target}")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_window(page: Page, width: int) -> None:
    add_analyst()
    case_id = open_case("W" * 300 + " " + "x" * 2000, pictures=(drawing((3000, 400)),), source="s" * 200)
    page.set_viewport_size({"width": width, "height": 800})
    log_in(page)
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    for path in ("/", f"/cases/{case_id}", "/nowhere"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
