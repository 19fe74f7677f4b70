"""What the administrator's page says: tables of people and sites, and how people sign in, in words."""

from collections.abc import Iterable

from ui.access.door import ROLES
from ui.access.sign_in import SignIn
from ui.shell.facts import table
from ui.shell.language import t
from worklist.trail.directory import Person, Site


def people_table(everybody: Iterable[Person], text: str = "") -> str:
    """Those whose login, name, role or site holds the text."""
    rows = [
        (it.login, it.name, t(ROLES[it.role]), it.site, t("yes") if it.active else t("has left")) for it in everybody
    ]
    sought = text.strip().casefold()
    head = (t("Login"), t("Name"), t("Role"), t("Site"), t("Works here"))
    return table(head, (row for row in rows if any(sought in cell.casefold() for cell in row)))


def sites_table(places: Iterable[Site]) -> str:
    """All sites."""
    rows = ((it.code, it.name, it.region, t("yes") if it.active else t("closed")) for it in places)
    return table((t("Code"), t("Name"), t("Region"), t("Open")), rows)


def how_people_sign_in(how: SignIn | None) -> list[tuple[str, str]]:
    """Headings, each with what holds here; no secret among them."""
    if how is None:
        local = t(
            "Nobody signs in. The app answers to this machine alone; whoever uses it here acts as its one person, in"
            " a role of their choice."
        )
        more = t("Write a file as docs/app.md says, name it in FORRANG_SIGN_IN, and start the app again.")
        return [(t("Local mode"), local), (t("To let others in"), more)]
    groups = "; ".join(t("{group} is {role}", group=name, role=t(ROLES[role])) for name, role in how.roles.items())
    return [
        (t("Provider"), how.metadata),
        (t("The app's address"), how.address),
        (t("A person's login is the claim"), how.login_claim),
        (t("Roles"), groups or t("as in the table of people")),
        (
            t("A sign-in ends"),
            t("when the provider's token runs out, or after {n} minutes without an act.", n=how.idle_minutes),
        ),
    ]
