"""A pass opens one case, for the page it was given to, in that role, with that sign-in, and not for long."""

from dataclasses import dataclass, field

import pytest
from starlette.requests import Request

from tests.support.people import pathologist, person
from tests.support.visits import signed_in
from ui.access.passes import LIFE_S, Pass, Passes
from ui.access.visits import NO_COOKIE, Visit, Visits, cookie_digest
from worklist.people import Role

READER = pathologist("bk")
COOKIES = signed_in("anna")


@dataclass
class Server:
    """Passes and visits with a clock and connections of the test's own."""

    now: float = 0
    pages: set[str] = field(default_factory=lambda: {"page", "other page"})

    def __post_init__(self) -> None:
        self.visits = Visits(lambda session: session in self.pages)
        self.passes = Passes(self.visits, lambda: self.now)


def asked(word: str, cookies: dict[str, str] | None = None, *, how: str = "header") -> Request:
    headers = [(b"cookie", f"{name}={value}".encode()) for name, value in (cookies or {}).items()]
    if how == "header":
        headers.append((b"x-forrang-pass", word.encode()))
    scope = {"type": "http", "path": "/", "headers": headers, "query_string": b"", "path_params": {}}
    if how == "query":
        scope["query_string"] = f"pass={word}".encode()
    if how == "path":
        scope["path_params"] = {"pass": word}
    return Request(scope)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def word(server: Server) -> str:
    server.visits.note(Visit("page", READER, ""))
    return server.passes.issue("page", READER, "26-000001")


def test_a_pass_is_taken_from_the_header(server: Server, word: str) -> None:
    assert server.passes.check(asked(word)) == Pass(READER, "26-000001")


@pytest.mark.parametrize("how", ["query", "path"])
def test_a_pass_in_an_address_that_a_proxy_would_log_opens_nothing(server: Server, word: str, how: str) -> None:
    assert server.passes.check(asked(word, how=how)) is None


@pytest.mark.parametrize("wrong", ["", "x", "26-000001", "page"])
def test_without_a_pass_nothing_is_given(server: Server, word: str, wrong: str) -> None:
    assert word
    assert server.passes.check(asked(wrong)) is None


def test_a_pass_tells_nothing_of_the_session_and_is_another_one_for_each_case_and_page(
    server: Server, word: str
) -> None:
    assert len(word) > 40
    assert server.passes.issue("page", READER, "26-000001") == word
    assert server.passes.issue("page", READER, "26-000002") != word
    assert server.passes.issue("other page", READER, "26-000001") != word


def test_a_pass_dies_with_its_page(server: Server, word: str) -> None:
    server.pages.remove("page")
    assert server.passes.check(asked(word)) is None


def test_a_pass_dies_when_its_visitor_signs_out(server: Server, word: str) -> None:
    server.visits.end("page")
    assert server.passes.check(asked(word)) is None


@pytest.mark.parametrize("role", ["coordinator", "manager", "researcher", "admin"])
def test_a_pass_of_one_role_is_nothing_in_another(server: Server, word: str, role: Role) -> None:
    server.visits.note(Visit("page", person("bk", role), ""))
    assert server.passes.check(asked(word)) is None


@pytest.mark.parametrize("role", ["manager", "researcher", "admin"])
def test_a_role_that_may_not_see_cases_gets_nothing_for_its_pass(server: Server, role: Role) -> None:
    actor = person("mk", role)
    server.visits.note(Visit("page", actor, ""))
    assert server.passes.check(asked(server.passes.issue("page", actor, "26-000001"))) is None


@pytest.mark.parametrize("cookies", [{}, signed_in("bo"), {"_streamlit_user": "forged"}])
def test_with_sign_in_a_pass_is_good_only_with_that_sign_ins_cookie(server: Server, cookies: dict[str, str]) -> None:
    server.visits.note(Visit("page", READER, cookie_digest(COOKIES)))
    word = server.passes.issue("page", READER, "26-000001")
    assert server.passes.check(asked(word, COOKIES)) is not None
    assert server.passes.check(asked(word, cookies)) is None


def test_a_pass_that_nobody_uses_goes_out_and_a_use_keeps_it(server: Server, word: str) -> None:
    for _ in range(3):
        server.now += LIFE_S - 1
        assert server.passes.check(asked(word)) is not None
    server.now += LIFE_S + 1
    assert server.passes.check(asked(word)) is None


def test_what_has_gone_out_is_forgotten(server: Server, word: str) -> None:
    server.now += LIFE_S + 1
    assert server.passes.issue("page", READER, "26-000001") != word
    assert len(server.passes._given) == len(server.passes._words) == 1


def test_visits_of_closed_pages_are_forgotten(server: Server, word: str) -> None:
    server.pages = {"new"}
    server.visits.note(Visit("new", READER, ""))
    assert set(server.visits._all) == {"new"}


def test_a_sign_in_is_the_same_whatever_else_a_request_carries() -> None:
    more = {"theme": "dark", "_streamlit_user_tokens": "x", "_streamlit_user_9": "y"}
    assert cookie_digest(COOKIES | more) == cookie_digest(COOKIES)
    assert cookie_digest(COOKIES) != cookie_digest(signed_in("bo"))


@pytest.mark.parametrize("cookies", [{}, {"_streamlit_user": "x"}, {"_streamlit_user": "\u20ac"}, {"_xsrf": "x"}])
def test_a_cookie_that_was_not_signed_here_names_nobody(cookies: dict[str, str]) -> None:
    assert cookie_digest(cookies) == NO_COOKIE
