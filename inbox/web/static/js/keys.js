// The keyboard. The bindings are the lines of the sheet behind "?", so that the sheet is never wrong.
import { back, current, enter, toNewest } from "./panes.js";

const rows = () => [...document.querySelectorAll("#rows .row > a, .found .row > a")];

function step(by) {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement.closest?.(".row > a") ?? current());
  const next = all[Math.min(all.length - 1, Math.max(0, here + by))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  if (document.getElementById("conversation") && next !== current()) next.click();
}

function press(act) {
  const found = document.querySelector(`#detail [data-act="${act}"]`);
  if (!found) return;
  found.click();
  const menu = found.closest("details.menu");
  if (menu?.open) enter(menu);
  if (act === "reply" || act === "note") toNewest();
}

const does = {
  next: () => step(1),
  previous: () => step(-1),
  open: () => (document.activeElement.closest?.(".row > a") ?? current() ?? rows()[0])?.click(),
  back: () => document.getElementById("list") && back(),
  search: () => {
    const field = document.querySelector("[data-search]");
    if (field) field.focus();
    else location.assign("/search");
  },
  help: () => document.getElementById("keys").showModal(),
};

function escape(event) {
  const menu = event.target.closest?.("details.menu[open]") ?? document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (document.querySelector(".person[data-shown]")) {
    document.querySelector(".person-close").click();
  } else if (event.target.matches("input, textarea, select")) {
    event.target.blur();
    current()?.focus({ preventScroll: true });
  }
}

export function keys() {
  const sheet = document.getElementById("keys");
  if (!sheet) return;
  const bound = new Map([...sheet.querySelectorAll("[data-key]")].map((line) => [line.dataset.key, line.dataset.do]));
  document.addEventListener("keydown", (event) => {
    if (sheet.open || event.defaultPrevented) return;
    if (event.key === "Escape") escape(event);
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const act = bound.get(event.key);
    if (!act) return;
    event.preventDefault();
    (does[act] ?? (() => press(act)))();
  });
}
