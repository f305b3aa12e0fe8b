"""Two teammates, two browsers, 200 random acts: no reply is lost or doubled, and in the end both see the same."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from house import mail
from playwright.sync_api import Page, expect
from smtp_sink import SmtpSink
from sqlmodel import select
from team import Opener, Team

from inbox.clock import utc_now
from inbox.flow.verify import verify
from inbox.store.tables import Account, Delivery

ROUNDS = 100
TALKS = 8
SEED = 24
WORDS = re.compile(r"Reply \d+ of (?:alice|bob)\.")

# How many requests of the page are on their way, and when the last one ended.
COUNTING = """(() => {
  window.under_way = 0;
  window.ended = 0;
  const plain = window.fetch;
  window.fetch = async (...what) => {
    window.under_way += 1;
    try { return await plain(...what); }
    finally { window.under_way -= 1; window.ended = performance.now(); }
  };
})()"""
SETTLED = "() => window.under_way === 0 && performance.now() - window.ended > 40"

# What a list and a conversation say, without what differs from reader to reader: faces, unread, the ticking of time.
SAID = """(selector) => {
  const place = document.querySelector(selector);
  if (!place) return null;
  const copy = place.cloneNode(true);
  const personal = ".here-faces, .quiet-to-eyes, .left, .ring, time, svg, label, form";
  for (const one of copy.querySelectorAll(personal)) one.remove();
  return [...copy.querySelectorAll("li")].map((one) => `${one.id} ${one.textContent.replace(/\\s+/g, " ").trim()}`);
}"""


@dataclass
class Mate:
    """A teammate at a browser, who acts at random; what the screen promised is remembered."""

    name: str
    page: Page
    random: random.Random
    sent: set[str] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    held: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def at(self) -> str:
        return str(self.page.evaluate("document.getElementById('conversation')?.dataset.id ?? ''"))

    def settle(self) -> None:
        self.page.wait_for_function(SETTLED)

    def open(self, number: int) -> None:
        if self.at() != str(number):
            self.page.evaluate("id => document.querySelector(`#c${id} > a`).click()", number)
            expect(self.page.locator(f'#conversation[data-id="{number}"]')).to_have_count(1)
            self.settle()

    def begin(self) -> str:
        """Begin an act on what is open, and do not wait for its end."""
        what = self.random.choice(
            ["reply", "reply", "reply", "note", "assign", "tag", "close", "snooze", "undo", "undo"]
        )
        self.acts[what] += 1
        getattr(self, what)()
        return what

    def end(self, what: str) -> None:
        """Wait for the end of an act; a reply that was held back is sent all the same, or thrown away."""
        self.settle()
        if what != "reply":
            return
        held = self.page.locator("#held .problem")
        if held.count():
            self.held += 1
            self.decide()
        else:
            expect(self.page.locator("#reply-text")).to_have_value("")
            self.sent.add(self.words)

    def decide(self) -> None:
        if self.random.random() < 0.5:
            self.page.locator("[data-discard-mine]").click()
            expect(self.page.locator("#reply-text")).to_have_value("")
            return
        for _ in range(5):
            self.page.locator("#held button[form]").click()
            self.settle()
            if not self.page.locator("#held .problem").count():
                self.sent.add(self.words)
                return
        raise AssertionError("A reply was held back five times, and nobody else wrote.")

    def reply(self) -> None:
        self.number += 1
        self.words = f"Reply {self.number} of {self.name}."
        self.page.evaluate("document.querySelector('[data-tab=reply]').click()")
        self.page.fill("#reply-text", self.words)
        self.page.press("#reply-text", "Control+Enter")

    def note(self) -> None:
        self.number += 1
        self.page.evaluate("document.querySelector('[data-tab=note]').click()")
        self.page.fill("#note-text", f"Note {self.number} of {self.name}.")
        self.page.press("#note-text", "Control+Enter")

    def press(self, selector: str) -> None:
        """Press one of the buttons that fit; of none, there is nothing to do."""
        self.page.evaluate(
            "([found, n]) => { const all = [...document.querySelectorAll(found)]; all[n % all.length]?.click(); }",
            [selector, self.random.randrange(100)],
        )

    def assign(self) -> None:
        self.press("#detail [data-menu=assign] button[name=to]")

    def tag(self) -> None:
        word = self.random.choice(["bug", "billing", "urgent"])
        self.page.evaluate(
            "word => { const field = document.getElementById('tag-name'); field.value = word;"
            " field.form.requestSubmit(); }",
            word,
        )

    def close(self) -> None:
        self.press("#detail [data-menu=close] form button.first, #detail form button[data-act=close]")

    def snooze(self) -> None:
        self.press("#detail [data-menu=snooze] button[name=until]")

    def undo(self) -> None:
        """Undo what the toast offers; a reply that was taken back is a draft again, and is thrown away."""
        button = self.page.locator("#toasts form button")
        if not button.count():
            return
        reply = "/messages/" in str(button.first.evaluate("one => one.form.action"))
        last = self.words if reply else ""
        path = urlsplit(str(button.first.evaluate("one => one.form.action"))).path
        with self.page.expect_response(lambda answer: urlsplit(answer.url).path == path) as answer:
            button.first.evaluate("one => one.click()")
        self.settle()
        if reply and answer.value.status < 300:
            self.taken_back.add(last)
            self.sent.discard(last)
            self.page.evaluate("document.querySelector('#reply-form [data-discard]').click()")
            expect(self.page.locator("#reply-text")).to_have_value("")


def screens(mate: Mate) -> dict[str, object]:
    """Return what a teammate sees of the list and of every conversation."""
    seen: dict[str, object] = {}
    for number in range(1, TALKS + 1):
        mate.open(number)
        seen[f"conversation {number}"] = mate.page.evaluate(SAID, "#timeline")
    return seen


def rows(mate: Mate) -> object:
    mate.page.mouse.move(1, 1)
    mate.page.evaluate("document.getElementById('conversation-title').focus(); document.getElementById('news').click()")
    return mate.page.evaluate(SAID, "#rows")


@pytest.mark.timeout(300)
def test_two_hundred_acts_of_two_teammates(team: Team, opened: Opener, smtp_sink: SmtpSink) -> None:
    with team.house.store.unit_of_work() as work:
        account = work.session.get_one(Account, team.account)
        account.settings = {"smtp_host": "127.0.0.1", "smtp_port": str(smtp_sink.port), "smtp_security": "none"}
    for number in range(4, TALKS + 1):
        letter = mail(
            f"P{number} <p{number}@x.example>", "Hello\n", subject=f"Matter {number}", message_id=f"m{number}@x"
        )
        team.house.receive(team.account, letter, at=utc_now() - timedelta(hours=number))
    source = random.Random(SEED)
    mates = [Mate(name, opened(name), random.Random(source.random())) for name in ("alice", "bob")]
    for mate in mates:
        mate.page.add_init_script(COUNTING)
        mate.page.goto(f"{team.url}/inbox/all")
    for turn in range(ROUNDS):
        same = source.random() < 0.5
        chosen = source.randrange(1, TALKS + 1)
        for mate in mates:
            mate.open(chosen if same else source.randrange(1, TALKS + 1))
        begun = [(mate, mate.begin()) for mate in mates]
        for mate, what in begun:
            mate.end(what)
        if turn % 20 == 19:
            customer = mail(
                "P5 <p5@x.example>",
                f"More {turn}\n",
                subject="Re: Matter 5",
                message_id=f"more{turn}@x",
                reply_to_id="m5@x",
            )
            team.house.receive(team.account, customer, at=utc_now())
            team.house.deliver()

    promised = set.union(*(mate.sent for mate in mates))
    said = [
        (WORDS.search(one.text) or [one.text])[0]
        for number in range(1, TALKS + 1)
        for one in team.house.messages(number)
        if one.direction == "out" and one.kind == "message"
    ]
    assert Counter(said) == Counter(promised)
    assert len(promised) > 30
    assert sum(mate.held for mate in mates) > 3
    assert sum(len(mate.taken_back) for mate in mates) > 2

    seen, theirs = (screens(mate) for mate in mates)
    assert seen == theirs
    for mate in mates:
        mate.page.wait_for_timeout(500)
    lists = [rows(mate) for mate in mates]
    assert lists[0] == lists[1]
    for mate in mates:
        mate.page.goto(f"{team.url}/inbox/all")
        assert mate.page.evaluate(SAID, "#rows") == lists[0]

    team.clock.behind = timedelta(seconds=-90)  # type: ignore[attr-defined]
    while team.house.deliver():
        pass
    left = [WORDS.search(letter.raw.decode()) for letter in smtp_sink.letters]
    assert Counter(found[0] for found in left if found) == Counter(promised)
    with team.house.store.reading() as session:
        states = {row.state for row in session.exec(select(Delivery).where(Delivery.kind == "send")).all()}
    assert states == {"sent"}
    assert verify(team.house.store) == []
