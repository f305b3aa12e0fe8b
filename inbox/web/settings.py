"""What stands in the settings, in the order it is shown. A page there extends "settings/frame.html".

    {% extends "settings/frame.html" %}
    {% block title %}{{ _("Tags") }}{% endblock %}
    {% block settings %} … {% endblock %}

The frame brings the headings of the list beside it, marks where one is, and is one column on a phone.
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
    founders: bool = False


GROUPS: tuple[tuple[str, tuple[Section, ...]], ...] = (
    (
        N_("You"),
        (
            Section("/settings/me", N_("Language and look"), "user"),
            Section("/settings/security", N_("Signing in"), "key"),
            Section("/settings/notices", N_("Notices"), "bell"),
            Section("/settings/tokens", N_("API tokens"), "link"),
        ),
    ),
    (
        N_("Answering"),
        (
            Section("/settings/replies", N_("Saved replies"), "message-circle"),
            Section("/settings/signatures", N_("Signatures"), "pencil"),
            Section("/settings/tags", N_("Tags"), "tag"),
            Section("/settings/views", N_("Views"), "list"),
            Section("/settings/rules", N_("Rules"), "workflow"),
            Section("/settings/senders", N_("Blocked senders"), "shield-alert"),
        ),
    ),
    (
        N_("House"),
        (
            Section("/settings/accounts", N_("Accounts"), "settings"),
            Section("/settings/teammates", N_("Teammates"), "users"),
            Section("/settings/business", N_("Business details"), "building-2"),
            Section("/settings/letters", N_("Letter templates"), "mail"),
            Section("/settings/webhooks", N_("Webhooks"), "webhook", founders=True),
            Section("/settings/imports", N_("Import"), "upload", founders=True),
            Section("/settings/data", N_("Data"), "database", founders=True),
            Section("/settings/audit", N_("Audit log"), "book-open-check", founders=True),
        ),
    ),
)
