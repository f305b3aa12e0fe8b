// Ctrl+K: do or find anything. Acts are the bindings of the sheet; the rest is found here and asked of the server.
import { actor, bindings, run } from "./keys.js";
import { ring, tick } from "./clock.js";
import { word } from "./words.js";

const WAIT = 120;
const EACH = 6;

let came = null;
let asked = 0;
let asking = null;
let found = { settings: [], people: [], conversations: [], replies: [] };

const box = () => document.getElementById("palette");
const field = () => document.getElementById("palette-words");
const place = () => document.getElementById("palette-found");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// How well words fit a name: every word must begin one of the name's words, or stand in it.
export function fit(words, name) {
  const inside = plain(name);
  let worth = 0;
  for (const one of plain(words).split(/\s+/).filter(Boolean)) {
    const at = inside.indexOf(one);
    if (at < 0) return 0;
    const begins = at === 0 || /[\s:,.]/.test(inside[at - 1]) || inside.includes(` ${one}`);
    worth += at === 0 ? 4 : begins ? 3 : 1;
  }
  return worth || 1;
}

function best(items, words, most) {
  const fitting = items.map((item) => ({ item, worth: fit(words, item.name) })).filter((one) => one.worth > 0);
  return fitting.sort((one, other) => other.worth - one.worth).slice(0, most).map((one) => one.item);
}

function acts() {
  const possible = bindings().filter((line) => !line.act.startsWith("/") && line.act !== "palette");
  const here = ["next", "previous", "open", "back", "search", "help", "undo", "person", "select", "select-to"];
  const shown = possible.filter((line) => here.includes(line.act) || actor(line.act));
  const made = shown.map((line) => ({ name: line.told, keys: line.keys, go: () => run(line.act) }));
  const mates = [...document.querySelectorAll('#detail [data-menu="assign"] button.choice')];
  return [...made, ...mates.map((mate) => ({ name: word("assign_to", { name: mate.textContent.trim().replace(/\s+/g, " ") }), go: () => mate.click() }))];
}

function places() {
  const keys = new Map(bindings().map((line) => [line.act, line.keys]));
  const links = [...document.querySelectorAll("#rail a.rail-link")].map((link) => ({
    name: link.querySelector("span:not(.face)").textContent.trim(),
    href: link.getAttribute("href"),
    keys: keys.get(link.getAttribute("href")),
  }));
  return [...links, ...found.settings];
}

function groups() {
  const words = field().value.trim();
  const most = words ? EACH : 30;
  const made = [
    ["palette_acts", best(acts(), words, most)],
    ["palette_places", best(places(), words, most)],
  ];
  if (!words) return made;
  const everywhere = { name: word("palette_search", { words }), href: `/search?q=${encodeURIComponent(words)}` };
  return [
    ...made,
    ["palette_people", found.people],
    ["palette_conversations", [...found.conversations, everywhere]],
    ["palette_replies", found.replies],
  ].filter(([, items]) => items.length);
}

function option(item, number) {
  const made = document.createElement("div");
  made.className = "palette-item";
  made.id = `palette-${number}`;
  made.setAttribute("role", "option");
  const name = document.createElement("span");
  name.className = "clip";
  name.textContent = item.name;
  if (item.due) made.append(ring(item.since, item.due));
  made.append(name);
  if (item.more) {
    const more = document.createElement("span");
    more.className = "faint small clip";
    more.textContent = item.more;
    made.append(more);
  }
  for (const key of item.keys?.split(" ") ?? []) {
    const shown = document.createElement("kbd");
    shown.textContent = key.replace("Control+", "Ctrl ");
    made.append(shown);
  }
  made.item = item;
  return made;
}

function show() {
  const before = chosen()?.item?.name;
  let number = 0;
  const sections = groups().filter(([, items]) => items.length).map(([name, items]) => {
    const section = document.createElement("div");
    section.setAttribute("role", "group");
    const title = document.createElement("h3");
    title.textContent = word(name);
    title.id = `palette-of-${name}`;
    section.setAttribute("aria-labelledby", title.id);
    section.append(title, ...items.map((item) => option(item, number++)));
    return section;
  });
  place().replaceChildren(...sections);
  tick(place());
  const all = options();
  mark(all.find((one) => one.item.name === before && before) ?? all[0]);
  document.getElementById("palette-none").textContent = all.length ? "" : word("palette_none");
}

const options = () => [...place().querySelectorAll("[role=option]")];
const chosen = () => place().querySelector('[aria-selected="true"]');

function mark(one) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === one));
  if (one) field().setAttribute("aria-activedescendant", one.id);
  else field().removeAttribute("aria-activedescendant");
  one?.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const all = options();
  if (all.length) mark(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
}

function take(one) {
  if (!one) return;
  const { item } = one;
  box().close();
  if (item.go) item.go();
  else if (item.href) location.assign(item.href);
}

async function json(path, signal) {
  try {
    const answer = await fetch(path, { signal, headers: { Accept: "application/json", "HX-Request": "true" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function insert(reply) {
  document.dispatchEvent(new CustomEvent("reply:insert", { detail: reply }));
}

async function look() {
  asking?.abort();
  asking = new AbortController();
  const words = field().value.trim();
  const { signal } = asking;
  const q = encodeURIComponent(words);
  const story = document.getElementById("conversation")?.dataset.id;
  const [told, replies] = await Promise.all([
    json(`/palette.json?q=${q}`, signal),
    words && story && document.querySelector("#composer [data-saved]") ? json(`/composer/replies.json?q=${q}&conversation=${story}`, signal) : null,
  ]);
  if (signal.aborted) return;
  const listed = Array.isArray(replies) ? replies : (replies?.replies ?? []);
  found = {
    settings: told?.settings ?? found.settings,
    people: told?.people ?? [],
    conversations: told?.conversations ?? [],
    replies: listed.slice(0, EACH).map((one) => ({ name: one.name, go: () => insert(one) })),
  };
  show();
}

function key(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) move(by);
  else if (event.key === "Enter") take(chosen());
  else if ((event.ctrlKey || event.metaKey) && event.key === "k") box().close();
  else return;
  event.preventDefault();
}

function wire() {
  field().addEventListener("keydown", key);
  field().addEventListener("input", () => {
    show();
    clearTimeout(asked);
    asked = setTimeout(look, WAIT);
  });
  place().addEventListener("click", (event) => take(event.target.closest("[role=option]")));
  place().addEventListener("pointermove", (event) => {
    const near = event.target.closest("[role=option]");
    if (near && near !== chosen()) mark(near);
  });
  box().addEventListener("click", (event) => event.target === box() && box().close());
  box().addEventListener("close", () => {
    clearTimeout(asked);
    asking?.abort();
    if (came?.isConnected && (!document.activeElement || document.activeElement === document.body)) came.focus({ preventScroll: true });
  });
  box().dataset.wired = "yes";
}

export function palette() {
  if (!box() || box().open) return;
  if (!box().dataset.wired) wire();
  came = document.activeElement;
  field().value = "";
  found = { ...found, people: [], conversations: [], replies: [] };
  box().showModal();
  show();
  look();
}
