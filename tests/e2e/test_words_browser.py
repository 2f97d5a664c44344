"""Words in a picture, as an analyst with a browser meets them."""

import pytest
from playwright.sync_api import Page, expect

from tests.console.test_wording import read
from tests.desk import add_analyst, drawing, open_case
from tests.e2e.test_console_browser import deeds, log_in

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("database")]


def test_words_are_marked_in_the_text_and_framed_over_the_opened_picture(page: Page) -> None:
    add_analyst()
    case_id = open_case(pictures=(drawing(),))
    read([[11, 21, 1.0]])
    log_in(page)
    page.get_by_role("link", name=f"Case {case_id}").click()
    text = page.get_by_role("list", name="Text in the picture")
    expect(text.get_by_role("listitem")).to_have_text(["we will <b>shoot", "them all"])
    expect(text.locator("mark")).to_have_text(["shoot", "them"])
    frames = page.locator("img.frames")
    expect(frames).to_have_count(0)
    page.get_by_role("button", name="Show picture 1").click()
    expect(frames).to_have_js_property("naturalWidth", 640)
    assert frames.bounding_box() == page.get_by_role("img", name="Picture 1").bounding_box()
    page.get_by_label("Show where words stand").press("Space")
    expect(frames).to_be_hidden()
    assert deeds().count("picture.opened") == 1, "switching the frames is no second look"
