import pytest
from rich.console import Console

from triage.screen import cell, complain, printable

TRICKS = "a\x1b[2J\u202e b \u00e9\u05e9\U0001f600"
SHOWN = "a\\x1b[2J\\u202e b \u00e9\u05e9\U0001f600"


def test_what_is_shown_plays_no_tricks_on_the_terminal() -> None:
    assert printable(TRICKS) == SHOWN
    assert printable("two\nlines") == "two\\nlines"


def test_an_emoji_made_of_several_stays_one() -> None:
    assert printable("\U0001f6b6\U0001f3fe\u200d\u2640\ufe0f") == "\U0001f6b6\U0001f3fe\u200d\u2640\ufe0f"


def test_a_cell_keeps_its_lines_and_reads_nothing_as_markup() -> None:
    console = Console(width=80, force_terminal=True)
    with console.capture() as captured:
        console.print(cell("[bold red]not bold[/]\n[/] " + TRICKS))
    assert captured.get().splitlines() == ["[bold red]not bold[/]", f"[/] {SHOWN}"]


def test_an_error_that_quotes_a_hostile_name_plays_no_tricks(
    capfd: pytest.CaptureFixture[str],
) -> None:
    complain("no file \x1b[2J[bold]x")
    assert "no file \\x1b[2J[bold]x" in capfd.readouterr().err
