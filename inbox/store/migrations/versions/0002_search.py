"""search"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Contentless: the index keeps words and places, the messages keep the text. Segments are merged late and in small
# steps: see docs/adr/0003-search.md for what was measured.
SQLITE = [
    "CREATE VIRTUAL TABLE search USING fts5(words, content='', tokenize='ascii')",
    "INSERT INTO search(search, rank) VALUES ('automerge', 32)",
    "INSERT INTO search(search, rank) VALUES ('crisismerge', 500)",
    "CREATE VIRTUAL TABLE search_words USING fts5vocab('search', 'instance')",
]
POSTGRESQL = [
    "CREATE TABLE search (message_id bigint PRIMARY KEY, words tsvector NOT NULL) WITH (toast_tuple_target = 128)",
    "CREATE INDEX search_by_words ON search USING gin (words) WITH (gin_pending_list_limit = 1024)",
]


def upgrade() -> None:
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)
    op.create_table(
        "search_days",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "run"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("search_days")
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DROP TABLE search_words")
    op.execute("DROP TABLE search")
