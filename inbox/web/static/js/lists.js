// Choosing conversations in the list, what has been seen of them, and finding one's place again.
import { word } from "./words.js";

const bar = () => document.getElementById("bulk");
const rows = () => document.getElementById("rows");
const boxes = () => [...document.querySelectorAll("#rows .row-pick input")];
const every = () => document.querySelector("[data-every]");

let touched = null;

function count() {
  const form = bar();
  if (!form) return;
  const chosen = boxes().filter((box) => box.checked).length;
  if (!chosen) every().value = "";
  form.hidden = chosen === 0;
  rows().classList.toggle("is-choosing", chosen > 0);
  const all = form.querySelector("[data-choose-all]");
  const whole = every().value === "yes";
  form.querySelector("[data-chosen-count]").textContent = chosen ? (whole ? word("chosen_all") : word("chosen", { n: chosen })) : "";
  all.hidden = whole;
}

function choose(on) {
  for (const box of boxes()) box.checked = on;
  every().value = "";
  count();
}

// With the shift key a click chooses everything between it and the last one.
function range(box) {
  const all = boxes();
  const from = all.indexOf(touched);
  const to = all.indexOf(box);
  if (from < 0 || to < 0) return;
  for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
}

function clicked(event) {
  const box = event.target.closest?.(".row-pick input");
  if (box) {
    if (event.shiftKey && touched && box.checked) range(box);
    touched = box;
    every().value = "";
    count();
  } else if (event.target.closest("[data-choose-all]")) {
    choose(true);
    every().value = "yes";
    count();
  } else if (event.target.closest("[data-choose-none]")) {
    choose(false);
    document.querySelector('#rows [aria-current="true"], #rows .row > a')?.focus({ preventScroll: true });
  }
}

// What stands open on a visible page has been seen: it is not unread any more.
const told = new Map();

function see() {
  const story = document.getElementById("conversation");
  if (!story || document.visibilityState !== "visible") return;
  const row = document.getElementById(`c${story.dataset.id}`);
  row?.classList.remove("is-unread");
  row?.querySelector(".row-unread")?.remove();
  const version = Number(document.getElementById("story-head")?.dataset.version ?? 0);
  const mark = `${version}:${document.querySelectorAll("#timeline .note").length}`;
  if (told.get(story.dataset.id) === mark) return;
  told.set(story.dataset.id, mark);
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRF-Token"];
  const body = new URLSearchParams({ version });
  fetch(`/conversations/${story.dataset.id}/seen`, { method: "POST", body, headers: { "X-CSRF-Token": token }, keepalive: true }).catch(() => told.delete(story.dataset.id));
}

export function lists() {
  document.addEventListener("htmx:after:swap", () => { count(); see(); });
  document.addEventListener("visibilitychange", see);
  see();
  if (!bar()) return;
  document.addEventListener("click", clicked);
  document.addEventListener("rows:changed", count);
  bar().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".sheet input:not([type=hidden])")) return;
    event.preventDefault();
    event.target.closest(".sheet").querySelector("button.first")?.click();
  });
  bar().addEventListener("htmx:after:request", (event) => event.detail.ctx?.response?.raw?.ok && choose(false));
  document.addEventListener("keydown", (event) => {
    const free = !event.defaultPrevented && !document.querySelector("dialog[open], details.menu[open]");
    if (event.key === "Escape" && free && !bar().hidden && !event.target.matches("input:not([type=checkbox]), textarea")) choose(false);
  });
  count();
}
