// Which pane is shown, menus, toasts, the rail on a phone, and the way back.
const inbox = () => document.querySelector(".inbox");

export function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}

export function current() {
  return document.querySelector('#rows [aria-current="true"]');
}

function mark(id) {
  current()?.removeAttribute("aria-current");
  document.querySelector(`#c${id} > a`)?.setAttribute("aria-current", "true");
}

function opened() {
  const story = document.getElementById("conversation");
  inbox()?.toggleAttribute("data-open", Boolean(story));
  if (!story) {
    current()?.removeAttribute("aria-current");
    return;
  }
  mark(story.dataset.id);
  const title = document.getElementById("conversation-title");
  document.title = `${title.textContent} · Under24`;
  toNewest();
  // Whoever is quick may be writing by now.
  if (!document.activeElement.closest("#composer, .sheet")) title.focus({ preventScroll: true });
}

const named = () => location.hash && document.getElementById(location.hash.slice(1));

// Two hundred entries later the newest page begins elsewhere: what was brought from before it would leave a gap.
let begins = "";
function whole() {
  const story = document.getElementById("conversation")?.dataset.id;
  const now = `${story} ${document.getElementById("timeline")?.dataset.earlier}`;
  const brought = document.querySelector(".timeline:not(#timeline)");
  if (brought && begins.split(" ")[0] === story && begins !== now) location.reload();
  begins = now;
}

// A message that was found may stand on an earlier page: those are brought until it is there.
async function reach() {
  for (let pages = 0; pages < 50 && !named(); pages += 1) {
    const earlier = document.querySelector("#earlier > a");
    if (!earlier) return;
    await htmx.ajax("GET", earlier.getAttribute("hx-get"), { target: "#earlier", swap: "outerHTML" });
  }
  named()?.scrollIntoView();
}

// Earlier entries come in above what is read, and what is read stays where it is.
function keepPlace() {
  const place = document.getElementById("scroller");
  const inner = place && getComputedStyle(place).overflowY !== "visible";
  const box = inner ? place : document.documentElement;
  const below = box.scrollHeight - box.scrollTop;
  document.addEventListener("htmx:after:swap", () => {
    box.scrollTop = box.scrollHeight - below;
    const button = document.querySelector("#earlier > a");
    (button ?? document.getElementById("scroller"))?.focus({ preventScroll: true });
  }, { once: true });
}

export function toNewest() {
  const place = document.getElementById("scroller");
  const target = named();
  if (/^#m\d+$/.test(location.hash) && !target && document.getElementById("earlier")) reach();
  else if (target) target.scrollIntoView();
  else if (place && getComputedStyle(place).overflowY !== "visible") place.scrollTop = place.scrollHeight;
  else if (place) document.querySelector(".said:last-of-type")?.scrollIntoView({ block: "nearest" });
}

// At once, not when the menu says it is open: the next letter typed must not be taken for a key.
export function enter(menu) {
  menu.querySelector(".sheet input:not([type=hidden]), .sheet button")?.focus();
}

let listPlace = 0;

function swap(path) {
  return htmx.ajax("GET", path, { target: "#detail", swap: "innerHTML" });
}

export async function back() {
  const path = `/inbox/${inbox().dataset.view}`;
  const row = current();
  await swap(path);
  history.pushState({}, "", path);
  row?.focus({ preventScroll: true });
}

function restore(event) {
  const view = inbox()?.dataset.view;
  const parts = (event.detail.path || location.pathname).split("?")[0].split("/");
  if (!view || parts[1] !== "inbox" || parts[2] !== view) return;
  event.preventDefault();
  swap(location.pathname);
}

function menus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

function toggles(event) {
  const rail = event.target.closest("[data-rail]");
  const drawer = event.target.closest("[data-person]");
  const open = document.querySelector(".rail.is-open");
  if (rail || (open && !open.contains(event.target))) {
    const shown = document.getElementById("rail").classList.toggle("is-open");
    document.querySelector("[data-rail]").setAttribute("aria-expanded", String(shown));
  }
  if (drawer) {
    const person = document.getElementById("person");
    const shown = person.toggleAttribute("data-shown");
    document.querySelector(".person-toggle")?.setAttribute("aria-expanded", String(shown));
    (shown ? person.querySelector(".person-close") : document.querySelector(".person-toggle"))?.focus();
  }
  if (event.target.closest("[data-dismiss]")) event.target.closest("[data-toast]").remove();
  if (event.target.closest("[data-print]")) print();
  if (event.target.closest("#earlier > a")) keepPlace();
  if (event.target.closest("[data-help]")) document.getElementById("keys").showModal();
}

function toasts() {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-timed])")) {
    toast.dataset.timed = "yes";
    setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), Number(toast.dataset.lasts ?? 9) * 1000);
  }
}

export function panes() {
  document.addEventListener("click", (event) => {
    menus(event);
    toggles(event);
    const row = event.target.closest("#rows .row > a");
    if (row) listPlace = scrollY;
    const backwards = event.target.closest('[data-act="back"]');
    if (backwards && inbox() && document.getElementById("list")) {
      event.preventDefault();
      back();
    }
  });
  document.addEventListener("submit", (event) => {
    const menu = event.target.closest("details.menu");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("htmx:before:history:restore", restore);
  document.addEventListener("htmx:after:swap", (event) => {
    toasts();
    whole();
    const target = event.detail.ctx?.target;
    const where = typeof target === "string" ? target : `#${target?.id}`;
    const ajax = event.detail.ctx?.swap ?? "";
    if (where === "#detail" && !ajax.startsWith("none")) {
      opened();
      if (!document.getElementById("conversation")) scrollTo(0, listPlace);
    }
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.menu[open]:not(:has(.sheet :focus))")) enter(event.target);
  }, true);
  toasts();
  whole();
  if (document.getElementById("conversation")) toNewest();
  current()?.scrollIntoView({ block: "nearest" });
}
