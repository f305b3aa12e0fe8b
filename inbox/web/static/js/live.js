// What others do, and what arrives, shows by itself; but nothing that is read or aimed at moves.
import { tick } from "./clock.js";
import { say } from "./panes.js";
import { word } from "./words.js";

const waiting = new Map();
const touched = new Set();
let asked = null;

const list = () => document.getElementById("rows");
const rising = () => document.querySelector(".inbox").dataset.view === "waiting";
const parse = (text) => new DOMParser().parseFromString(text, "text/html");

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

function flush() {
  const held = document.activeElement?.closest?.(".row")?.id;
  for (const [id, row] of waiting) {
    if (row) put(row);
    else document.getElementById(id)?.remove();
  }
  if (held) document.querySelector(`#${held} > a`)?.focus({ preventScroll: true });
  waiting.clear();
  count();
}

function count() {
  const button = document.getElementById("news");
  const fresh = [...waiting.values()].filter(Boolean).length;
  button.hidden = fresh === 0;
  button.textContent = fresh ? word("fresh", { n: fresh }) : "";
  document.getElementById("list-empty").hidden = Boolean(list().querySelector(".row")) || fresh > 0;
}

function merge(page, ids) {
  const rows = new Map([...page.querySelectorAll("li.row")].map((row) => [row.id, row]));
  for (const id of ids.map((number) => `c${number}`)) {
    const row = rows.get(id);
    const shown = document.getElementById(id);
    if (row && fits(row) && shown.dataset.sort === row.dataset.sort) put(row);
    else if (row) waiting.set(id, row);
    else if (shown) {
      shown.classList.add("is-gone");
      waiting.set(id, null);
    }
  }
  if (still()) flush();
  else count();
}

function figures(page) {
  const head = page.querySelector('[data-part="list-head"]');
  const place = document.getElementById("list-head");
  if (place.innerHTML !== head.innerHTML) place.replaceChildren(...head.childNodes);
  document.getElementById("list-empty").replaceChildren(...page.querySelector('[data-part="list-empty"]').childNodes);
  for (const promise of document.querySelectorAll(".promise")) promise.innerHTML = page.querySelector('[data-part="promise"]').innerHTML;
  for (const number of page.querySelectorAll("data[data-count]")) {
    const shown = document.querySelector(`.rail .count[data-count="${number.dataset.count}"]`);
    if (shown) shown.textContent = number.textContent.trim();
  }
}

async function refresh() {
  asked = null;
  const ids = [...touched].slice(0, 100);
  touched.clear();
  const story = document.getElementById("conversation");
  if (story && ids.includes(Number(story.dataset.id))) await retell(story);
  if (!list()) return;
  const answer = await fetch(`/inbox/${document.querySelector(".inbox").dataset.view}/news?ids=${ids}`);
  if (!answer.ok) return;
  const page = parse(await answer.text());
  merge(page, ids);
  figures(page);
  htmx.process(document.getElementById("list-head"));
  tick();
}

async function retell(story) {
  const before = document.querySelectorAll("#timeline .said").length;
  const view = document.querySelector(".inbox").dataset.view;
  await htmx.ajax("GET", `/inbox/${view}/${story.dataset.id}/parts`, { source: "#live-parts", target: "#live-parts", swap: "none" });
  const after = [...document.querySelectorAll("#timeline .said")];
  if (after.length > before) say(word("wrote", { name: after.at(-1).querySelector("strong")?.textContent }));
}

function changed(event) {
  const told = JSON.parse(event.detail.data);
  for (const id of told.conversations) touched.add(id);
  asked ??= setTimeout(refresh, 150);
}

export function live() {
  const line = document.getElementById("live");
  if (!line) return;
  line.addEventListener("changes", changed);
  line.addEventListener("reset", () => location.reload());
  line.addEventListener("htmx:sse:error", (event) => event.detail.status === 401 && location.assign("/login"));
  if (!list()) return;
  document.getElementById("news").addEventListener("click", flush);
  list().addEventListener("mouseleave", (event) => {
    if (event.relatedTarget?.id !== "news" && still() && waiting.size) flush();
  });
}
