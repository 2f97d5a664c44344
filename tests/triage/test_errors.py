import inspect
import re

from triage import errors


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or "")) | {"FlagpostError"}
    defined = {name for name, item in inspect.getmembers(errors, inspect.isclass)}
    assert drawn == defined


def test_every_error_is_a_flagpost_error() -> None:
    for _, item in inspect.getmembers(errors, inspect.isclass):
        assert issubclass(item, errors.FlagpostError)
