"""A view of the list as an address: there and back, and nothing taken from it that makes no sense."""

from hypothesis import given
from hypothesis import strategies as st

from ui.worklist.choice import Choice, from_query, to_query
from worklist.store.filters import Filter


def asked(choice: Choice) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in to_query(choice).items()}


def test_a_view_comes_back_from_its_address() -> None:
    chosen = Filter(
        pathways=frozenset({"kræftpakke bryst", "a&b=c"}),
        sites=frozenset({""}),
        ai_states=frozenset({"failed"}),
        whose="nobody",
        text="26-1 herlev",
    )
    choice = Choice(chosen, "received", descending=True, page=7, use_ai=False)
    assert from_query(asked(choice)) == choice


def test_what_nobody_chose_is_not_in_the_address() -> None:
    assert to_query(Choice()) == {}
    assert from_query({}) == Choice()


@given(st.dictionaries(st.sampled_from(["whose", "sort", "page", "order", "x"]), st.lists(st.text(max_size=9))))
def test_an_address_that_makes_no_sense_hides_no_case(query: dict[str, list[str]]) -> None:
    choice = from_query(query)
    assert choice.page >= 1
    assert not choice.chosen.hides or choice.chosen.whose in ("mine", "nobody", "second opinion")
