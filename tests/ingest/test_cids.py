"""Content identifiers, against ones made elsewhere."""

import hashlib
from typing import Any

import pytest

from ingest.adapters import cids
from tests.ingest.sky import blob_cid


def test_what_an_identifier_of_plain_bytes_names_is_their_sha256() -> None:
    made_elsewhere = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
    assert cids.sha256_of_blob(made_elsewhere) == hashlib.sha256(b"hello world").hexdigest()
    assert blob_cid(b"hello world") == made_elsewhere


@pytest.mark.parametrize("cid", ["", "b", "b!", "Qmxyz", cids.of_record({}), blob_cid(b"x")[:-2]])
def test_what_is_no_identifier_of_plain_bytes_is_refused(cid: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        cids.sha256_of_blob(cid)


@pytest.mark.parametrize(
    ("value", "cid"),
    [
        ({}, "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"),
        ([], "bafyreidwx2fvfdiaox32v2mnn6sxu3j4qoxeqcuenhtgrv5qv6litfnmoe"),
    ],
)
def test_empty_records_have_the_identifiers_that_others_give_them(value: Any, cid: str) -> None:
    assert cids.of_record(value) == cid


def test_the_order_of_a_record_s_fields_changes_nothing_and_each_value_does() -> None:
    one = {"text": "é", "b": [1, None, True], "aa": {"x": -5}}
    same = {"aa": {"x": -5}, "text": "é", "b": [1, None, True]}
    assert cids.of_record(one) == cids.of_record(same) == cids.of_record(dict(reversed(one.items())))
    assert (
        len({cids.of_record(one | {"b": other}) for other in ([1, None, False], [1, True, None], [], "1")})
        == 4
    )


def test_links_and_bytes_are_no_objects() -> None:
    link = blob_cid(b"x")
    assert cids.of_record({"a": {"$link": link}}) != cids.of_record({"a": {"$link": link, "b": 1}})
    assert cids.of_record({"a": {"$bytes": "YQ"}}) == cids.of_record({"a": {"$bytes": "YQ=="}})


@pytest.mark.parametrize(
    "value", [{"a": 1.5}, {"a": {"$link": "Qmxyz"}}, {"a": {"$link": "b!"}}, {"a": {"$bytes": "Y"}}]
)
def test_what_no_record_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        cids.of_record(value)


def test_a_record_nested_without_end_is_refused() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="nested too deeply"):
        cids.of_record(value)
