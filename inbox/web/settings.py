"""What stands in the settings, in the order it is shown. A page there extends "settings/frame.html".

    {% extends "settings/frame.html" %}
    {% block title %}{{ _("Tags") }}{% endblock %}
    {% block settings %} … {% endblock %}

The frame brings the headings of the list beside it and marks where one is; on a phone the page /settings is that list.
A section shows as soon as its href has a route.
"""

from __future__ import annotations

from dataclasses import dataclass

from inbox.web.words import N_


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the settings."""

    href: str
    name: str
    icon: str
    told: str
    founders: bool = False


GROUPS: tuple[tuple[str, tuple[Section, ...]], ...] = (
    (
        N_("You"),
        (
            Section(
                "/settings/me", N_("Language and look"), "user", N_("Language, time zone, and how dense the lists are.")
            ),
            Section(
                "/settings/security",
                N_("Signing in"),
                "key",
                N_("Password, second step, passkeys, and where you are signed in."),
            ),
            Section(
                "/settings/notices", N_("Notices"), "bell", N_("What reaches you, how, and when not. Who is on duty.")
            ),
            Section("/settings/tokens", N_("API tokens"), "link", N_("For programs that work in your name.")),
        ),
    ),
    (
        N_("Answering"),
        (
            Section(
                "/settings/replies",
                N_("Saved replies"),
                "message-circle",
                N_("Answers that you write once and use often."),
            ),
            Section("/settings/signatures", N_("Signatures"), "pencil", N_("What stands under your replies.")),
            Section("/settings/tags", N_("Tags"), "tag", N_("The words that sort conversations.")),
            Section("/settings/views", N_("Views"), "list", N_("Lists made of a search, for you or for all.")),
            Section(
                "/settings/rules",
                N_("Rules"),
                "workflow",
                N_("What happens by itself, and what it would have done last week."),
            ),
            Section(
                "/settings/routing",
                N_("New conversations"),
                "user-check",
                N_("Whether they go to whoever is on duty."),
                founders=True,
            ),
            Section("/settings/senders", N_("Blocked senders"), "shield-alert", N_("Whose mail nobody needs to see.")),
        ),
    ),
    (
        N_("House"),
        (
            Section(
                "/settings/accounts", N_("Accounts"), "settings", N_("The ways in and out, and whether each is well.")
            ),
            Section("/settings/teammates", N_("Teammates"), "users", N_("Who works here, and what they may do.")),
            Section(
                "/settings/business",
                N_("Business details"),
                "building-2",
                N_("Name, address and hours, as letters say them."),
            ),
            Section(
                "/settings/letters",
                N_("Letter templates"),
                "mail",
                N_("The words of letters that are sent by themselves."),
            ),
            Section(
                "/settings/promise",
                N_("The promise"),
                "hourglass",
                N_("How fast who is answered, in which hours, and who hears of it when time runs out."),
                founders=True,
            ),
            Section(
                "/settings/promise-to-customers",
                N_("For customers"),
                "globe",
                N_("That their message arrived, and how we keep our promise."),
                founders=True,
            ),
            Section(
                "/settings/webhooks",
                N_("Webhooks"),
                "webhook",
                N_("Tell other programs what happens here."),
                founders=True,
            ),
            Section(
                "/settings/imports",
                N_("Import"),
                "upload",
                N_("Bring conversations and people from elsewhere."),
                founders=True,
            ),
            Section(
                "/settings/data",
                N_("Data"),
                "database",
                N_("Give a person their data, erase it, or keep it only so long."),
                founders=True,
            ),
            Section(
                "/settings/audit", N_("Audit log"), "book-open-check", N_("Who changed what, and when."), founders=True
            ),
        ),
    ),
)
