// The keyboard. The bindings are the lines of the sheet behind "?", so that the sheet is never wrong.
import { ahead } from "./ahead.js";
import { afterGap } from "./live.js";
import { palette } from "./palette.js";
import { back, current, enter, toNewest } from "./panes.js";

const PATIENCE = 1_500;

let begun = "";
let beginning = 0;
let anchor = null;

const rows = () => [...document.querySelectorAll("#rows .row > a, .found .row > a")];
const focused = () => document.activeElement?.closest?.(".row")?.querySelector(":scope > a");
const visible = (element) => element.checkVisibility?.() ?? true;

export function step(by) {
  const all = rows();
  if (!all.length) return;
  const stands = focused() ?? current();
  const gap = stands ? null : afterGap();
  // In a gap the row below it is one step down already.
  const here = gap ? all.indexOf(gap) - (by > 0 ? 1 : 0) : all.indexOf(stands);
  const next = all[Math.min(all.length - 1, Math.max(0, here + by))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  ahead(all[all.indexOf(next) + by]);
  if (all.indexOf(next) >= all.length - 5) document.querySelector("#older a, #older button")?.click();
  if (document.getElementById("conversation") && next !== current()) next.click();
}

// Where an act is found: on the selection when there is one, else on the open conversation.
export function actor(act) {
  const places = [...document.querySelectorAll(`[data-bulk]:not([hidden]) [data-act="${act}"]`), ...document.querySelectorAll(`#detail [data-act="${act}"]`)];
  return places.find(visible) ?? places[0];
}

export function press(act) {
  const found = actor(act);
  if (!found) return false;
  const menu = found.closest("details.menu");
  const inner = found.matches("summary") && found.parentElement !== menu;
  if (inner && menu) menu.open = true;
  found.click();
  if (menu?.open) enter(inner ? found.parentElement : menu);
  if (act === "reply" || act === "note") toNewest();
  return true;
}

function opened() {
  return new Promise((resolve) => {
    document.addEventListener("htmx:after:swap", () => setTimeout(resolve), { once: true });
  });
}

// With nothing open, an act is meant for the row that has the focus.
async function act(name) {
  const row = focused();
  if (!actor(name) && row && !document.getElementById("conversation")) {
    const done = opened();
    row.click();
    await done;
  }
  press(name);
}

function boxOf(link) {
  return link?.closest(".row")?.querySelector("input[type=checkbox]");
}

function select(link, on) {
  const box = boxOf(link);
  if (box && box.checked !== on) box.click();
}

function choose(to) {
  const here = focused() ?? current();
  if (!boxOf(here)) return;
  const all = rows();
  const from = to && anchor?.isConnected ? all.indexOf(anchor) : all.indexOf(here);
  const until = all.indexOf(here);
  if (to) for (const link of all.slice(Math.min(from, until), Math.max(from, until) + 1)) select(link, true);
  else boxOf(here).click();
  anchor = here;
  here.focus({ preventScroll: true });
}

export const does = {
  next: () => step(1),
  previous: () => step(-1),
  open: () => (focused() ?? current() ?? rows()[0])?.click(),
  back: () => document.getElementById("list") && document.getElementById("conversation") && back(),
  search: () => {
    const field = document.querySelector("[data-search]");
    if (field) field.focus();
    else location.assign("/search");
  },
  help: () => document.getElementById("keys").showModal(),
  palette: () => palette(),
  person: () => [...document.querySelectorAll("[data-person]")].find(visible)?.click(),
  undo: () => [...document.querySelectorAll("#toasts [data-undo], #toasts form button")].at(-1)?.click(),
  select: () => choose(false),
  "select-to": () => choose(true),
};

export function run(name) {
  if (name.startsWith("/")) location.assign(name);
  else if (does[name]) does[name]();
  else act(name);
}

// The lines of the sheet: what a key does, and in which words it is said.
export function bindings() {
  return [...document.querySelectorAll("#keys [data-keys]")].map((line) => ({
    keys: line.dataset.keys,
    also: line.dataset.also ? line.dataset.also.split(",") : [],
    act: line.dataset.do,
    told: line.nextElementSibling.textContent,
  }));
}

function escape(event) {
  const menu = event.target.closest?.("details.menu[open]") ?? document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (document.querySelector(".person[data-shown]")) {
    document.querySelector(".person-close").click();
  } else if (event.target.matches("input:not([type=checkbox]), textarea, select")) {
    event.target.blur();
    (document.getElementById("conversation-title") ?? current())?.focus({ preventScroll: true });
  }
}

function pressed(event) {
  const held = `${event.ctrlKey ? "Control+" : ""}${event.metaKey ? "Meta+" : ""}`;
  return held + (held ? event.key.toLowerCase() : event.key);
}

// Which act a key means: at once, or as the second of two; null when it only begins one.
function meant(bound, key) {
  const both = begun ? `${begun} ${key}` : key;
  begun = "";
  clearTimeout(beginning);
  if (bound.has(both)) return bound.get(both);
  if (both === key && [...bound.keys()].some((keys) => keys.startsWith(`${key} `))) {
    begun = key;
    beginning = setTimeout(() => { begun = ""; }, PATIENCE);
    return null;
  }
  return undefined;
}

// In the list one row is a stop of the Tab key; arrows, Home and End go from row to row.
function rove() {
  const all = rows();
  const stop = focused() ?? current() ?? all[0];
  for (const link of all) {
    link.tabIndex = link === stop ? 0 : -1;
    const box = boxOf(link);
    if (box) box.tabIndex = link.tabIndex;
  }
}

function arrows(event) {
  if (!event.target.matches?.(".row > a")) return false;
  const all = rows();
  const ends = { Home: all[0], End: all.at(-1) };
  if (event.key === "ArrowDown") step(1);
  else if (event.key === "ArrowUp") step(-1);
  else if (ends[event.key]) ends[event.key].focus();
  else return false;
  return true;
}

// In an open menu arrows go from choice to choice, and a letter goes to the next one that begins with it.
function inMenu(event) {
  const menu = event.target.closest("details.menu[open] > .sheet");
  if (!menu || event.target.matches("textarea, select, input:not([type=checkbox], [type=radio])")) return false;
  const all = [...menu.querySelectorAll("button, a, summary, input:not([type=hidden])")].filter(visible);
  const here = all.indexOf(event.target);
  const begins = (one) => one.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase());
  const from = [...all.slice(here + 1), ...all.slice(0, here + 1)];
  const radio = event.target.matches("[type=radio]");
  if (event.key === "ArrowDown" && !radio) all[(here + 1) % all.length]?.focus();
  else if (event.key === "ArrowUp" && !radio) all.at(here < 1 ? -1 : here - 1)?.focus();
  else if (/^[\p{L}\p{N}]$/u.test(event.key)) from.find(begins)?.focus();
  else return event.key.length === 1 ? "" : false;
  return true;
}

export function keys() {
  const sheet = document.getElementById("keys");
  if (!sheet) return;
  const bound = new Map(bindings().flatMap((line) => [line.keys, ...line.also].map((keys) => [keys, line.act])));
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") escape(event);
    const held = event.ctrlKey || event.metaKey;
    const typing = event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.altKey || (typing && !held) || ["Shift", "Control", "Meta"].includes(event.key)) return;
    const menu = !held && inMenu(event);
    if (menu === "") return;
    if (menu || (!held && arrows(event))) {
      event.preventDefault();
      return;
    }
    // Enter and Space belong to what has the focus.
    if (event.key === "Enter" && event.target.closest("a, button, summary, [role=button], input, label")) return;
    const name = meant(bound, pressed(event));
    if (name === undefined) return;
    event.preventDefault();
    if (name) run(name);
  });
  document.addEventListener("focusin", (event) => event.target.matches?.(".row > a") && rove());
  document.addEventListener("rows:changed", rove);
  document.addEventListener("htmx:after:swap", rove);
  rove();
}
