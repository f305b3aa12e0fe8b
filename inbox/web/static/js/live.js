// What others do, and what arrives, shows by itself; but nothing that is read or aimed at moves.
import { tick } from "./clock.js";
import { say } from "./panes.js";
import { word } from "./words.js";

const AT_ONCE = 100;
const MOST_SHOWN = 500;

const waiting = new Map();
const touched = new Set();
const touchedAt = new Map();
let asked = null;
let asking = false;

const inbox = () => document.querySelector(".inbox");
const list = () => document.getElementById("rows");
const rising = () => inbox().dataset.order === "rising";
const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const number = (row) => Number(row.id.slice(1));

// A list may change under the eye only while it is at its top and neither pointer nor focus is in it.
function still() {
  const rows = list();
  const top = rows.scrollTop < 8 && (innerWidth >= 768 || scrollY < 8);
  return top && !rows.matches(":hover, :focus-within");
}

function place(row) {
  const rows = [...list().querySelectorAll(".row")];
  const sort = BigInt(row.dataset.sort);
  const after = rows.find((other) => (rising() ? BigInt(other.dataset.sort) > sort : BigInt(other.dataset.sort) < sort));
  if (after) after.before(row);
  else if (document.getElementById("older")) return;
  else list().append(row);
}

function put(row) {
  const old = document.getElementById(row.id);
  const now = old?.querySelector("a").getAttribute("aria-current");
  if (now) row.querySelector("a").setAttribute("aria-current", now);
  const box = old?.querySelector("input[type=checkbox]");
  if (box?.checked) row.querySelector("input[type=checkbox]").checked = true;
  if (old?.dataset.sort === row.dataset.sort) {
    old.replaceWith(row);
  } else {
    old?.remove();
    row.classList.add("is-new");
    place(row);
  }
  htmx.process(row);
}

function fits(row) {
  const old = document.getElementById(row.id);
  return old && (old.dataset.sort === row.dataset.sort || !old.querySelector("a").matches(":focus"));
}

// Where one was when one's row left the list: the next step goes on from there.
let gap = [];

export function afterGap() {
  return gap.map((id) => document.getElementById(id)).find(Boolean)?.querySelector(":scope > a");
}

function leave(row) {
  if (row?.querySelector('[aria-current="true"], a:focus')) {
    gap = [];
    for (let next = row.nextElementSibling; next; next = next.nextElementSibling) if (next.id) gap.push(next.id);
  }
  row?.remove();
}

function flush() {
  const held = document.activeElement?.closest?.(".row")?.id;
  for (const [id, row] of waiting) {
    if (row) put(row);
    else leave(document.getElementById(id));
  }
  if (held) document.querySelector(`#${held} > a`)?.focus({ preventScroll: true });
  waiting.clear();
  count();
  document.dispatchEvent(new CustomEvent("rows:changed"));
}

function count() {
  const button = document.getElementById("news");
  const fresh = [...waiting.values()].filter(Boolean).length;
  button.hidden = fresh === 0;
  button.textContent = fresh ? word("fresh", { n: fresh }) : "";
  document.getElementById("list-empty").hidden = Boolean(list().querySelector(".row")) || fresh > 0;
}

// What belongs behind the last row that is shown comes with its page; it is no news here.
function beyond(row) {
  const last = [...list().querySelectorAll(".row")].at(-1);
  if (!last || !document.getElementById("older")) return false;
  const sort = BigInt(row.dataset.sort);
  const end = BigInt(last.dataset.sort);
  const later = sort === end ? number(row) > number(last) : sort > end;
  return rising() === later;
}

function merge(page, ids) {
  const rows = new Map([...page.querySelectorAll("li.row")].map((row) => [row.id, row]));
  for (const id of ids.map((one) => `c${one}`)) {
    const row = rows.get(id);
    const shown = document.getElementById(id);
    if (row && fits(row) && shown.dataset.sort === row.dataset.sort) {
      waiting.delete(id);
      put(row);
    } else if (row && !shown && beyond(row)) waiting.delete(id);
    else if (row) waiting.set(id, row);
    else if (shown) {
      shown.classList.add("is-gone");
      waiting.set(id, null);
    } else waiting.delete(id);
  }
  if (still()) flush();
  else {
    count();
    document.dispatchEvent(new CustomEvent("rows:changed"));
  }
}

function figures(page) {
  const head = page.querySelector('[data-part="list-head"]');
  const place = document.getElementById("list-head");
  if (head && place && place.innerHTML.trim() !== head.innerHTML.trim() && !place.matches(":focus-within")) {
    place.replaceChildren(...head.childNodes);
    htmx.process(place);
  }
  document.getElementById("list-empty").replaceChildren(...page.querySelector('[data-part="list-empty"]').childNodes);
  const promise = page.querySelector('[data-part="promise"]');
  for (const place of document.querySelectorAll(".promise")) place.replaceChildren(...promise.cloneNode(true).childNodes);
  for (const figure of page.querySelectorAll("data[data-count]")) {
    const shown = document.querySelector(`.rail .count[data-count="${figure.dataset.count}"]`);
    if (shown) shown.textContent = figure.textContent.trim();
  }
}

async function ask(path) {
  const answer = await fetch(path, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return parse(await answer.text());
}

function path(part) {
  return inbox().dataset[part] ?? `/inbox/${inbox().dataset.view}/${part}`;
}

async function renew(ids) {
  const story = document.getElementById("conversation");
  if (story && ids.includes(Number(story.dataset.id))) await retell(story);
  if (!list()) return;
  const news = path("news");
  const page = await ask(`${news}${news.includes("?") ? "&" : "?"}ids=${ids}`);
  if (!list()) return;
  merge(page, ids);
  figures(page);
  tick();
}

async function refresh() {
  asked = null;
  if (asking) return;
  asking = true;
  while (touched.size) {
    const ids = [...touched].slice(0, AT_ONCE);
    for (const id of ids) touched.delete(id);
    try {
      await renew(ids);
    } catch {
      // There is no line now; when it is back this is asked again.
      for (const id of ids) touched.add(id);
      break;
    }
  }
  asking = false;
}

async function retell(story) {
  const before = document.querySelectorAll("#timeline .said").length;
  const view = inbox()?.dataset.view;
  if (!view) return;
  await htmx.ajax("GET", `/inbox/${view}/${story.dataset.id}/parts`, { source: "#live-parts", target: "#live-parts", swap: "none" });
  const after = [...document.querySelectorAll("#timeline .said")];
  if (after.length > before) say(word("wrote", { name: after.at(-1).querySelector("strong")?.textContent }));
}

export function touch(ids) {
  for (const id of ids) {
    touched.add(id);
    touchedAt.delete(id);
    touchedAt.set(id, performance.now());
  }
  for (const id of touchedAt.keys()) {
    if (touchedAt.size <= MOST_SHOWN) break;
    touchedAt.delete(id);
  }
  asked ??= setTimeout(refresh, 120);
}

// Whether a conversation changed since a moment: what was asked before it may be old already.
export function changedSince(id, moment) {
  return (touchedAt.get(id) ?? 0) > moment;
}

// More happened than was told: look at everything that is shown, and at what would be shown on a fresh page.
async function lookAtAll() {
  const shown = list() ? [...list().querySelectorAll(".row")].slice(0, MOST_SHOWN).map(number) : [];
  const story = document.getElementById("conversation");
  if (story) shown.push(Number(story.dataset.id));
  touch(shown);
  if (!list()) return;
  try {
    const page = await ask(path("rows"));
    touch([...page.querySelectorAll("li.row")].map(number));
  } catch {
    asked ??= setTimeout(lookAtAll, 5_000);
  }
}

function changed(event) {
  const told = JSON.parse(event.detail.data);
  touch(told.conversations);
  document.dispatchEvent(new CustomEvent("conversations:changed", { detail: told.conversations }));
}

export function live() {
  const line = document.getElementById("live");
  if (!line) return;
  line.addEventListener("changes", changed);
  line.addEventListener("reset", () => {
    document.dispatchEvent(new CustomEvent("conversations:changed", { detail: null }));
    lookAtAll();
  });
  line.addEventListener("restored", () => touched.size && refresh());
  line.addEventListener("said", (event) => say(event.detail.text));
  if (!list()) return;
  document.getElementById("news").addEventListener("click", flush);
  list().addEventListener("mouseleave", (event) => {
    if (event.relatedTarget?.id !== "news" && still() && waiting.size) flush();
  });
}
