"""Captions in other languages than English are told, and English ones are left alone."""

import csv
import gzip
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.contracts import Level
from worker.language import detect
from worker.scorers.violence_text import ViolenceText

FOREIGN = (
    ("mañana te espero a la salida con la navaja", "es"),
    ("qué rico el arroz de mi madre", "es"),
    ("te juro que la vas a pagar", "es"),
    ("demain je viens avec un couteau", "fr"),
    ("on mange des crêpes chez mamie", "fr"),
    ("tu ne verras pas le soleil se lever", "fr"),
    ("ich stech dich ab, du Hund", "de"),
    ("heute gibt es Kuchen im Garten", "de"),
    ("ti spacco la testa stasera", "it"),
    ("che bella giornata al mare", "it"),
    ("amanhã vou atirar em todo mundo", "pt"),
    ("que saudade da praia", "pt"),
    ("ik schiet je kapot vanavond", "nl"),
    ("lekker fietsen met de kinderen", "nl"),
    ("jag kommer att skjuta er allihop", "sv"),
    ("jeg stikker dig ned i morgen", "da"),
    ("jeg skal skyte deg i morgen", "no"),
    ("minä ammun teidät kaikki huomenna", "fi"),
    ("zítra tě podřežu", "cs"),
    ("holnap mindenkit lelövök az iskolában", "hu"),
    ("mâine vă împușc pe toți", "ro"),
    ("jutro was wszystkich wystrzelam", "pl"),
    ("yarın hepinizi vuracağım", "tr"),
    ("ngày mai tao đâm chết mày", "vi"),
    ("besok kutembak kalian semua", "id"),
    ("sasaksakin kita mamaya", "tl"),
    ("nitakupiga risasi kesho asubuhi", "sw"),
    ("berri waan ku toogan doonaa", "so"),
    ("Я убью тебя завтра", "und"),
    ("завтра ми всі їдемо на річку", "uk"),
    ("θα σε σφάξω αύριο", "el"),
    ("ես քեզ կսպանեմ վաղը", "hy"),
    ("ხვალ მოგკლავ", "ka"),
    ("พรุ่งนี้กูจะฆ่ามึง", "th"),
    ("நாளை உன்னை கொல்வேன்", "ta"),
    ("ខ្ញុំនឹងសម្លាប់អ្នក", "km"),
    ("मैं तुम्हें कल मार डालूंगा", "hi"),
    ("আমি তোমাকে মেরে ফেলব", "bn"),
    ("سأطلق النار عليكم جميعا", "ar"),
    ("فردا همه شما را می‌کشم", "fa"),
    ("میں تمہیں گولی مار دوں گا", "ur"),
    ("אני אהרוג אותך מחר", "he"),
    ("明日お前を殺す", "ja"),
    ("今天天气真好我们去公园", "zh"),
    ("내일 너를 죽일 거야", "ko"),
    ("убью", "und"),
    ("ti ammazzo", "it"),
    ("megöllek", "hu"),
    ("te voy a matar", "es"),
    ("TE VOY A MATAR", "es"),
    ("te voy a matar 🔪🔪 @somebody", "es"),
    ("ich bring dich um", "de"),
)
"""Threats and everyday captions in 37 languages; `und` where two are too much alike to name one."""


@cache
def scorer() -> ViolenceText:
    return ViolenceText()


@pytest.mark.parametrize(("caption", "code"), FOREIGN)
def test_a_foreign_caption_is_told(caption: str, code: str) -> None:
    language = detect(caption)
    assert language.foreign
    assert language.code == code


def test_no_foreign_caption_is_clear() -> None:
    for (caption, code), score in zip(
        FOREIGN, scorer().score([caption for caption, _ in FOREIGN]), strict=True
    ):
        assert score.level.rank >= Level.UNSURE.rank, caption
        named = "another language" if code == "und" else code
        assert score.evidence["out_of_scope"] == f"the model reads English; this is {named}"


@pytest.mark.parametrize(
    "caption",
    [
        "lol",
        "omg",
        "hahaha",
        "GG",
        "gg ez wp",
        "k k k k k",
        "die",
        "yes",
        "2 + 2 = 4",
        "07/11/2026",
        "🔪🔪🔪",
        "🇫🇷 🇩🇪",
        "@jose_garcia https://example.es/manana",
        "lol ¯\\_(ツ)_/¯",
        "π",
        "see you at the café, Zoë",
        "Happy Diwali everyone 🪔",
        "Bout to merk dis fool",
        "tryna catch a body tonight",
        "imma beat yo ass",
        "naw fr she ate and left no crumbs",
        "mans is moving mad",
        "shoot dem foolz",
        "on god bruh u wildin",
        "WE WILL HANG EVERY LAST ONE OF THEM",
        "I'll kіll уоu",
        "𝗜 𝘄𝗶𝗹𝗹 𝗸𝗶𝗹𝗹 𝘆𝗼𝘂",
        "i w i l l k i l l y o u",
    ],
)
def test_scraps_slang_shouts_and_disguises_are_not_foreign(caption: str) -> None:
    assert not detect(caption, scorer().spelling).foreign


@pytest.mark.parametrize("padding", ["." * 20_000, "! " * 10_000, "1234567890 " * 2_000, "🔪" * 10_000])
def test_no_padding_hides_a_foreign_caption(padding: str) -> None:
    assert detect(f"{padding} te voy a matar mañana").code == "es"


def test_a_caption_that_ends_in_another_script_is_foreign() -> None:
    assert detect("good morning my friends, 我明天去学校杀光所有人").code == "zh"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_a_language_or_none(caption: str) -> None:
    language = detect(caption)
    assert 0 <= language.probability <= 1.001
    assert language.code == "und" or len(language.code) == 2


@pytest.mark.data
def test_hardly_a_caption_of_the_validation_split_counts_as_foreign(data_dir: Path) -> None:
    with gzip.open(data_dir / "text" / "validation.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    foreign = [row for row in rows if detect(row["text"], scorer().spelling).foreign]
    assert len(foreign) <= 0.015 * len(rows)
    assert sum(row["label"] == "1" for row in foreign) <= 0.01 * sum(row["label"] == "1" for row in rows)
