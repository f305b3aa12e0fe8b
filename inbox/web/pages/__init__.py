"""The screens, one file each.

How to add one: write `inbox/web/pages/<name>.py` with

    router = APIRouter()

    @router.get("/things")
    def things(request: Request, house: House, me: Me) -> Response:
        with house.store.reading() as session:
            rows = …
        return page(request, "things/page.html", me=me, rows=rows)

and a template `inbox/web/templates/things/page.html` that begins with `{% extends "layout.html" %}`, sets
`{% block title %}` and fills `{% block main %}`. Every file here is included by create_app; each route names its policy
(`me: Me`, `me: Founder`, or `dependencies=[ANYONE]`: see inbox/web/deps.py), else the app does not start. Forms use the
macros of `macros/forms.html` (`{% import "macros/forms.html" as forms with context %}`), which bring the CSRF field.
A POST ends with `done(request, "/things", _("Saved."))` from inbox.web.render. Every text goes through `_()`.
"""

from __future__ import annotations

from pathlib import Path

PAGES: tuple[str, ...] = tuple(sorted(file.stem for file in Path(__file__).parent.glob("[a-z]*.py")))
