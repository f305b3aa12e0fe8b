"""A team moves in from another help desk, and one person goes."""

from __future__ import annotations

import zipfile
from pathlib import Path

from commands import Run, told


def test_a_team_moves_in_and_one_person_is_exported_and_erased(run: Run, tmp_path: Path) -> None:
    export = Path(__file__).parents[1] / "flow" / "exports" / "zendesk.ndjson"
    counts = told(run, "import", "--from", "zendesk", str(export), "--json")
    assert (counts["talks"], counts["messages"], counts["notes"], counts["failures"]) == (2, 4, 1, 0)
    assert "0 new messages" in run("import", "--from", "zendesk", str(export)).stdout

    run("person", "export", "carol@customer.example", "carol.zip")
    with zipfile.ZipFile(tmp_path / "carol.zip") as made:
        assert any(b"The export button does nothing." in made.read(name) for name in made.namelist())
    assert "is there already" in run("person", "export", "carol@customer.example", "carol.zip", code=1).stderr

    run("person", "erase", "carol@customer.example", code=130, given="n\n")
    assert "emptied" in run("person", "erase", "carol@customer.example", "--yes").stdout
    assert "Nobody is known" in run("person", "erase", "carol@customer.example", "--yes", code=1).stderr
    assert "export button" not in run("export").stdout
    assert "0 new messages" in run("import", "--from", "zendesk", str(export)).stdout
    assert "export button" not in run("export").stdout
    assert "All is well" in run("verify").stdout
