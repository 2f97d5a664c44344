"""Pictures: blurred until asked for, newly encoded always, each look recorded."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from tests.console.conftest import Visitor
from tests.desk import drawing, open_case
from triage.console import imaging
from triage.db import session_scope
from triage.errors import MediaError
from triage.media import open_store
from triage.models import AuditEntry
from triage.settings import get_settings


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pixels(data: bytes) -> np.ndarray:
    image = Image.open(BytesIO(data))
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return np.asarray(image)


def openings() -> list[AuditEntry]:
    with session_scope() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "picture.opened")))


def test_a_page_shows_pictures_blurred_and_opens_one_on_demand(anna: Visitor) -> None:
    first, second = drawing(), drawing((300, 200))
    case_id = open_case(pictures=(first, second))
    one, two = (open_store().put(data) for data in (first, second))
    place = f"/cases/{case_id}/pictures"
    page = anna.get(f"/cases/{case_id}")
    assert f'src="{place}/{one}/blurred"' in page
    assert f'src="{place}/{two}/blurred"' in page
    page = anna.get(f"/cases/{case_id}?opened={one}")
    assert f'src="{place}/{one}"' in page
    assert f'src="{place}/{two}/blurred"' in page
    assert f'name="opened" value="{one}"' in page, "opening the second keeps the first open"


def test_a_blurred_picture_has_no_details_and_is_no_look(anna: Visitor) -> None:
    case_id = open_case(pictures=(drawing(),))
    response = anna.client.get(f"/cases/{case_id}/pictures/{open_store().put(drawing())}/blurred")
    assert response.headers["content-type"] == "image/jpeg"
    assert max(pixels(response.content).shape) <= 10
    assert pixels(response.content).std() < 40, "the stripes are gone"
    assert openings() == []


def test_each_look_at_a_sharp_picture_is_recorded(anna: Visitor) -> None:
    case_id, sha256 = open_case(pictures=(drawing(),)), open_store().put(drawing())
    for _ in range(2):
        response = anna.client.get(f"/cases/{case_id}/pictures/{sha256}")
        assert pixels(response.content).shape == (480, 640, 3)
        assert pixels(response.content).std() > 100, "the stripes are there"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
    first, second = openings()
    assert (first.actor, first.subject, first.detail) == ("anna", f"case:{case_id}", {"picture": sha256})
    assert second.subject == first.subject


@pytest.mark.parametrize("suffix", ["", "/blurred"])
def test_a_picture_is_served_only_as_part_of_its_case(anna: Visitor, suffix: str) -> None:
    mine, other = open_case(pictures=(drawing(),)), open_case()
    sha256 = open_store().put(drawing())
    unused = open_store().put(drawing((100, 100)))
    for path in (f"{other}/pictures/{sha256}", f"{mine}/pictures/{unused}", f"99/pictures/{sha256}"):
        assert anna.client.get(f"/cases/{path}{suffix}").status_code == 404
    assert anna.client.get(f"/cases/{mine}/pictures/..%2f..%2fsecret{suffix}").status_code in (404, 422)
    assert openings() == []


@pytest.mark.parametrize("suffix", ["", "/blurred"])
def test_a_picture_that_cannot_be_shown_is_an_answer_not_a_crash(anna: Visitor, suffix: str) -> None:
    for data in (b"no picture at all", drawing(kind="JPEG")[:5000], b""):
        case_id = open_case(pictures=(data,))
        path = f"/cases/{case_id}/pictures/{open_store().put(data)}{suffix}"
        assert anna.client.get(path).status_code == 404
    lost = drawing((64, 64))
    case_id, sha256 = open_case(pictures=(lost,)), open_store().put(lost)
    open_store().delete(sha256)
    assert anna.client.get(f"/cases/{case_id}/pictures/{sha256}{suffix}").status_code == 404


RGB = Image.new("RGB", (300, 200), (200, 30, 30))


@pytest.mark.parametrize(
    "data",
    [
        encoded(RGB, "JPEG"),
        encoded(RGB.convert("CMYK"), "JPEG"),
        encoded(RGB.convert("L"), "PNG"),
        encoded(RGB.convert("1"), "TIFF"),
        encoded(RGB.convert("P"), "PNG", transparency=0),
        encoded(RGB.convert("RGBA"), "WEBP"),
        encoded(RGB, "BMP"),
        encoded(Image.fromarray(np.full((200, 300), 40_000, np.uint16)), "PNG"),
        encoded(Image.fromarray(np.full((200, 300), 0.5, np.float32)), "TIFF"),
        encoded(RGB, "GIF", save_all=True, append_images=[Image.new("RGB", (300, 200))]),
    ],
)
def test_pictures_of_all_modes_become_plain_jpegs(data: bytes) -> None:
    assert pixels(imaging.sharp(data)).shape == (200, 300, 3)
    assert pixels(imaging.blurred(data)).shape[1] == 10


def test_a_16_bit_picture_keeps_its_brightness() -> None:
    data = encoded(Image.fromarray(np.full((20, 30), 40_000, np.uint16)), "PNG")
    assert abs(pixels(imaging.sharp(data)).mean() - 40_000 / 257) < 3


def test_transparency_is_shown_on_white() -> None:
    data = encoded(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), "PNG")
    assert pixels(imaging.sharp(data)).min() > 250


def test_a_large_picture_is_made_smaller_and_a_thin_one_stays_visible() -> None:
    assert pixels(imaging.sharp(drawing((3000, 2000), "JPEG"))).shape == (853, 1280, 3)
    assert min(pixels(imaging.blurred(drawing((3000, 3)))).shape[:2]) >= 1


def test_orientation_is_applied_and_all_metadata_left_out() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera's name"
    data = encoded(RGB, "JPEG", exif=exif, comment=b"where it was taken")
    clean = imaging.sharp(data)
    assert pixels(clean).shape == (300, 200, 3)
    assert b"camera" not in clean
    assert b"where it was taken" not in clean
    assert b"Exif" not in clean


def test_a_decompression_bomb_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_MAX_IMAGE_PIXELS", "10000")
    get_settings.cache_clear()
    with pytest.raises(MediaError, match="FLAGPOST_MAX_IMAGE_PIXELS"):
        imaging.sharp(encoded(RGB, "PNG"))
