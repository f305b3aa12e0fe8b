// Opening is instant: the neighbours of what is open, and what the pointer nears, are asked for before they are wanted.
import { changedSince, touch } from "./live.js";

const KEPT_FOR = 45_000;
const MOST = 12;
const DWELL = 60;

const kept = new Map();
let opening = null;
let latest = null;
let dwelling = 0;

const target = (ctx) => (typeof ctx.target === "string" ? ctx.target : `#${ctx.target?.id}`);

// Read to its end and laid down: when it is wanted nothing is left to wait for.
async function whole(path) {
  const answer = await fetch(path, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" }, priority: "low" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return new Response(await answer.text(), { headers: answer.headers });
}

export function ahead(link) {
  const path = link?.getAttribute("hx-get");
  if (!path || link.getAttribute("aria-current")) return;
  const had = kept.get(path);
  if (had && performance.now() - had.at < KEPT_FOR) return;
  const answer = whole(path);
  kept.delete(path);
  kept.set(path, { answer, at: performance.now(), id: Number(path.split("/").at(-1)) });
  answer.catch(() => kept.delete(path));
  if (kept.size > MOST) kept.delete(kept.keys().next().value);
}

// Who goes down the list wants the two below; who has just come up from there, the two above.
let before = null;

export function neighbours(link) {
  const row = link?.closest(".row");
  if (!row) return;
  const up = before?.isConnected && row.compareDocumentPosition(before) & Node.DOCUMENT_POSITION_FOLLOWING;
  const [near, far] = up ? ["previousElementSibling", "nextElementSibling"] : ["nextElementSibling", "previousElementSibling"];
  const wanted = [row[near], row[near]?.[near], before ? null : row[far]];
  before = row;
  for (const one of wanted) ahead(one?.querySelector?.("a[hx-get]"));
}

// What is being opened is marked at once: the eye and the next key know where they are.
function mark(link) {
  if (!link?.matches("#rows .row > a")) return;
  for (const other of document.querySelectorAll("#rows [aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
}

// Kept once, used once: each copy brings a composer with a key of its own.
function asked(event) {
  const ctx = event.detail.ctx;
  ctx.about = document.getElementById("conversation")?.dataset.id;
  if (ctx.request.method !== "GET" || target(ctx) !== "#detail") return;
  if (opening && opening !== ctx) opening.request.abort?.();
  opening = ctx;
  latest = ctx;
  mark(ctx.sourceElement);
  const found = kept.get(ctx.request.action);
  kept.delete(ctx.request.action);
  ctx.since = performance.now();
  if (!found || performance.now() - found.at > KEPT_FOR || changedSince(found.id, found.at)) return;
  ctx.since = found.at;
  ctx.fetch = () => found.answer.catch(() => fetch(ctx.request.action, ctx.request));
}

function swapped(event) {
  const ctx = event.detail.ctx;
  if (ctx !== opening) return;
  opening = null;
  const story = document.getElementById("conversation");
  if (!story) return;
  const id = Number(story.dataset.id);
  if (changedSince(id, ctx.since)) touch([id]);
  const link = document.querySelector(`#c${id} > a`);
  (window.requestIdleCallback ?? setTimeout)(() => neighbours(link));
}

// It did not open: the mark goes back to what is shown.
function failed(event) {
  if (event.detail.ctx !== opening) return;
  opening = null;
  mark(document.querySelector(`#c${document.getElementById("conversation")?.dataset.id} > a`));
}

function late(event) {
  const ctx = event.detail.ctx;
  if (ctx.request?.method === "GET" && target(ctx) === "#detail" && latest && ctx !== latest) event.preventDefault();
}

// An answer may come when another conversation stands open: what is the first one's stays out of the second.
function strayed(event) {
  const { ctx, tasks } = event.detail;
  const shown = document.getElementById("conversation")?.dataset.id;
  const told = tasks.map((task) => task.fragment?.querySelector?.("[data-story]")?.dataset.story).find(Boolean) ?? ctx.about;
  if (told === undefined || told === shown) return;
  const kept = tasks.filter((task) => !task.target?.parentElement?.closest("#detail"));
  tasks.splice(0, tasks.length, ...kept);
}

// A hand may be quicker than the page is ready: a form or a link that htmx has not seen yet is shown to it first.
function early(event) {
  const form = event.target.closest?.("form[hx-post]");
  if (!form || form.hasAttribute("data-htmx-powered")) return;
  htmx.process(form);
  if (!form.hasAttribute("data-htmx-powered")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // A form cannot be sent again while it is being sent.
  setTimeout(() => form.isConnected && form.requestSubmit(event.submitter?.isConnected ? event.submitter : undefined));
}

export function preload() {
  document.addEventListener("submit", early, true);
  document.addEventListener("htmx:before:swap", strayed);
  if (!document.getElementById("rows")) return;
  document.addEventListener("htmx:before:request", asked);
  document.addEventListener("htmx:before:swap", late);
  document.addEventListener("htmx:after:swap", swapped);
  document.addEventListener("conversations:changed", (event) => {
    for (const [path, one] of kept) if (!event.detail || event.detail.includes(one.id)) kept.delete(path);
  });
  const link = (event) => event.target.closest?.("#rows .row > a[hx-get]");
  document.addEventListener("pointerover", (event) => {
    clearTimeout(dwelling);
    const near = link(event);
    if (near && event.pointerType === "mouse") dwelling = setTimeout(() => ahead(near), DWELL);
  });
  document.addEventListener("pointerdown", (event) => ahead(link(event)));
  // Whoever opens another one meanwhile does not want the first any more.
  document.addEventListener("click", (event) => link(event)?.setAttribute("hx-sync", "#detail:replace"), true);
  document.addEventListener("htmx:error", failed);
  document.addEventListener("focusin", (event) => ahead(link(event)));
  ahead(document.querySelector("#rows .row > a[hx-get]"));
  neighbours(document.querySelector("#rows [aria-current]"));
}
