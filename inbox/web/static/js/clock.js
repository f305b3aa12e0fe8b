// Rings fill and words count while the page stays open. The words are those of inbox/web/words.py.
import { word } from "./words.js";

// What counts is the server's clock: this machine's may be wrong.
const told = Date.parse(document.body.dataset.now);
const skew = Number.isNaN(told) ? 0 : told - Date.now();
const MINUTE = 60_000;
const LAST_QUARTER = 0.75;

function span(ms) {
  const minutes = Math.floor(ms / MINUTE);
  if (minutes < 1) return word("moment");
  if (minutes < 60) return word("minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours >= 48) return word("days", { n: Math.floor(hours / 24) });
  if (rest && hours < 24) return word("hours_minutes", { h: hours, m: String(rest).padStart(2, "0") });
  return word("hours", { h: hours });
}

function state(since, due, now) {
  if (now >= due) return "late";
  return (now - since) / (due - since || 1) >= LAST_QUARTER ? "soon" : "ok";
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The ring of somebody who waits, for what a script shows; inbox/web/marks.py draws the same.
export function ring(since, due) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("class", "ring");
  drawn.setAttribute("viewBox", "0 0 16 16");
  drawn.setAttribute("role", "img");
  drawn.dataset.since = since;
  drawn.dataset.due = due;
  drawn.innerHTML = '<title></title><circle class="ring-track" cx="8" cy="8" r="6"/><circle class="ring-fill" cx="8" cy="8" r="6" pathLength="100"/>';
  return drawn;
}

export function tick(root = document) {
  const now = Date.now() + skew;
  for (const ring of root.querySelectorAll(".ring")) {
    const since = Date.parse(ring.dataset.since);
    const due = Date.parse(ring.dataset.due);
    const share = Math.min(1, Math.max(0, (now - since) / (due - since || 1)));
    ring.dataset.state = state(since, due, now);
    ring.querySelector(".ring-fill").setAttribute("stroke-dasharray", `${(share * 100).toFixed(1)} 100`);
    const spans = { waited: span(now - since), left: span(due - now), promise: span(due - since) };
    const told = word(now <= due ? "waiting" : "broken", spans);
    ring.setAttribute("aria-label", told);
    set(ring.querySelector("title"), told);
  }
  for (const words of root.querySelectorAll("[data-left]")) {
    const due = Date.parse(words.dataset.left);
    const since = Date.parse(words.dataset.since || words.dataset.left) || due;
    words.dataset.state = state(since, due, now);
    set(words, now <= due ? word("left", { span: span(due - now) }) : word("late", { span: span(now - due) }));
  }
  for (const time of root.querySelectorAll("time[data-offset]")) {
    const there = new Date(now + Number(time.dataset.offset) * MINUTE);
    const day = there.toLocaleDateString(document.documentElement.lang, { weekday: "short", timeZone: "UTC" });
    set(time, `${day} ${there.toISOString().slice(11, 16)}`);
  }
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const past = now - Date.parse(time.dateTime);
    set(time, past < MINUTE ? word("just_now") : word("ago", { span: span(past) }));
  }
}

export function clocks() {
  tick();
  setInterval(tick, 20_000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  document.addEventListener("htmx:after:swap", () => tick());
}
