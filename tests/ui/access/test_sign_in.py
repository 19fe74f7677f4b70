"""How people sign in is read from a file whose mistakes are named; claims say who, in which roles, until when."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ui.access.claims import read_claims
from ui.access.logins import Logins
from ui.access.sign_in import SignIn, SignInError, load_sign_in

WRITTEN = """
address = "https://forrang.test/"
metadata = "https://login.test/.well-known/openid-configuration"
client_id = "forrang"
client_secret = "very-secret"
roles_claim = "realm_access.roles"
[roles]
Doctors = "pathologist"
Chiefs = "admin"
"""
CLAIMS = {"preferred_username": "anna", "name": "Anna Berg", "exp": 2_000_000_000}


def written(folder: Path, text: str) -> Path:
    path = folder / "sign-in.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def how(tmp_path: Path) -> SignIn:
    return load_sign_in(written(tmp_path, WRITTEN))


def test_it_is_given_to_streamlits_login(how: SignIn) -> None:
    auth = how.secrets("signs cookies")["auth"]
    assert isinstance(auth, dict)
    assert auth["redirect_uri"] == "https://forrang.test/oauth2callback"
    assert auth["client_secret"] == "very-secret"
    assert auth["cookie_secret"] == "signs cookies"
    assert "very-secret" not in repr(how)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ('address = "http://forrang.test"', "address.*https://"),
        ('address = "forrang.test"', "address.*https://"),
        ('metadata = "http://login.test"', "metadata.*https://"),
        ("idle_minutes = 0", "idle_minutes"),
        ("surprise = 1", "surprise"),
        ('roles = {Doctors = "chief"}', "roles.Doctors"),
        ('roles = {Robots = "system"}', "roles.Robots.*pathologist"),
        ('client_secret = ["very-secret"]', "client_secret"),
        ("not toml", "not TOML"),
    ],
)
def test_a_mistake_is_named_by_its_field_and_no_secret_is_told(tmp_path: Path, changed: str, told: str) -> None:
    field = changed.partition(" ")[0]
    kept = [line for line in WRITTEN.splitlines() if not line.startswith(f"{field} =")]
    if field == "roles":
        kept = kept[: kept.index("[roles]")]
    with pytest.raises(SignInError, match=f"(?s)sign-in.toml.*{told}") as caught:
        load_sign_in(written(tmp_path, "\n".join([changed, *kept])))
    assert "very-secret" not in str(caught.value)


def test_this_machine_itself_needs_no_tls(tmp_path: Path) -> None:
    how = load_sign_in(written(tmp_path, WRITTEN.replace("https://forrang.test/", "http://localhost:8501")))
    assert (how.host, how.secure) == ("localhost", False)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SignInError, match=r"FORRANG_SIGN_IN: none\.toml cannot be read"):
        load_sign_in(tmp_path / "none.toml")


def test_roles_come_from_groups_also_within_other_claims(how: SignIn) -> None:
    claims = CLAIMS | {"realm_access": {"roles": ["Chiefs", "Doctors", "Others"]}}
    found = read_claims(claims, how)
    assert found is not None
    assert (found.login, found.name) == ("anna", "Anna Berg")
    assert found.roles == ("pathologist", "admin")
    assert found.expires_utc == datetime.fromtimestamp(2_000_000_000, UTC)


@pytest.mark.parametrize(
    "groups", [None, [], ["doctors"], ["Doctor"], "Doc tors", {"Doctors": True}, [["Doctors"]], "pathologist", 7]
)
def test_another_group_gives_no_role(how: SignIn, groups: object) -> None:
    found = read_claims(CLAIMS | {"realm_access": {"roles": groups}}, how)
    assert found is not None
    assert found.roles == ()


@pytest.mark.parametrize("flat", ["Doctors", "Doctors Others", ["Doctors"]])
def test_a_claim_of_the_whole_name_goes_first_as_a_list_or_as_words(how: SignIn, flat: object) -> None:
    found = read_claims(CLAIMS | {"realm_access.roles": flat}, how)
    assert found is not None
    assert found.roles == ("pathologist",)


@pytest.mark.parametrize(
    "changed",
    [
        {"preferred_username": None},
        {"preferred_username": " "},
        {"preferred_username": ["anna"]},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
    ],
)
def test_claims_that_do_not_say_who_or_until_when_say_nobody(how: SignIn, changed: dict[str, object]) -> None:
    assert read_claims(CLAIMS | {"email": "anna@x.test", "sub": "1"} | changed, how) is None


def test_a_sign_in_ends_when_its_person_signs_out_or_does_nothing() -> None:
    now = [0.0]
    logins = Logins(lambda: now[0])
    assert logins.goes_on("a", 60)
    assert logins.goes_on("b", 60)
    logins.end("b")
    assert not logins.goes_on("b", 60)
    now[0] = 59
    logins.act("a", 60)
    now[0] = 119
    assert logins.goes_on("a", 60)
    now[0] = 120
    assert not logins.goes_on("a", 60)
    logins.act("a", 60)
    assert not logins.goes_on("a", 60)
    assert logins.goes_on("c", 60)
