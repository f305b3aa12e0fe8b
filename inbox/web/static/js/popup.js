// What is looked up while writing: saved replies behind "/", teammates behind "@".
import { text as told } from "./desk.js";
import { post } from "./drafts.js";
import { insert } from "./format.js";

const WAIT = 120;
let asking = null;
let timer = 0;
let found = [];
let slash = false;

const box = () => document.getElementById("saved-popup");
const search = () => document.getElementById("saved-search");
const list = () => document.getElementById("saved-list");
const field = () => document.getElementById("reply-text");

function option(id, name, more, chosen) {
  const made = document.createElement("li");
  made.id = id;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", String(chosen));
  const strong = document.createElement("strong");
  strong.textContent = name;
  const rest = document.createElement("span");
  rest.className = "soft small clip";
  rest.textContent = more;
  made.append(strong, " ", rest);
  return made;
}

function move(holder, owner, by) {
  const all = [...holder.children];
  if (!all.length) return;
  const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = all[(at + by + all.length) % all.length];
  for (const one of all) one.setAttribute("aria-selected", String(one === next));
  owner.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

// Saved replies ----------------------------------------------------------------------------------

async function look() {
  asking?.abort();
  asking = new AbortController();
  const story = document.getElementById("conversation").dataset.id;
  const path = `/composer/replies.json?conversation=${story}&q=${encodeURIComponent(search().value)}`;
  const answer = await fetch(path, { signal: asking.signal }).catch(() => null);
  if (!answer?.ok || box().hidden) return;
  found = await answer.json();
  list().replaceChildren(...found.map((one, at) => option(`saved-${one.id}`, one.name, one.text.slice(0, 120), at === 0)));
  list().hidden = !found.length;
  box().querySelector("[data-none]").hidden = found.length > 0;
  if (found.length) search().setAttribute("aria-activedescendant", `saved-${found[0].id}`);
  else search().removeAttribute("aria-activedescendant");
}

function open(bySlash) {
  slash = bySlash;
  box().hidden = false;
  search().value = "";
  list().replaceChildren();
  search().focus();
  look();
}

function shut() {
  asking?.abort();
  clearTimeout(timer);
  box().hidden = true;
  field().focus();
}

export function use(reply) {
  const place = field();
  const start = slash && place.value[place.selectionStart - 1] === "/" ? place.selectionStart - 1 : place.selectionStart;
  slash = false;
  insert(place, reply.text, start, place.selectionEnd);
  const open_ = reply.text.search(/\{\{[^{}\n]+\}\}/);
  if (open_ >= 0) {
    const length = reply.text.slice(open_).match(/\{\{[^{}\n]+\}\}/)[0].length;
    place.setSelectionRange(start + open_, start + open_ + length);
  }
  post(`/composer/replies/${reply.id}/used`, {}).catch(() => {});
}

function take() {
  const chosen = list().querySelector('[aria-selected="true"]');
  const reply = found.find((one) => `saved-${one.id}` === chosen?.id);
  if (!reply) return;
  shut();
  use(reply);
}

function searched(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) move(list(), search(), by);
  else if (event.key === "Enter") take();
  else if (event.key === "Escape") shut();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// Teammates --------------------------------------------------------------------------------------

const people = () => document.getElementById("mention-list");

function asked(note) {
  return note.value.slice(0, note.selectionStart).match(/(?:^|[\s(])@([\p{L}\p{N}'.-]*(?: [\p{L}\p{N}'.-]*)?)$/u);
}

function hide() {
  people()?.remove();
  document.getElementById("note-text")?.removeAttribute("aria-activedescendant");
}

function suggest(note) {
  const wanted = asked(note)?.[1].toLowerCase();
  const team = note.dataset.team.split("|").filter(Boolean);
  const near = wanted === undefined ? [] : team.filter((name) => name.toLowerCase().startsWith(wanted) || name.toLowerCase().split(" ").some((part) => part.startsWith(wanted)));
  if (!near.length || near.some((name) => name.toLowerCase() === wanted)) {
    hide();
    return;
  }
  const holder = people() ?? document.createElement("ul");
  holder.id = "mention-list";
  holder.className = "popup popup-list";
  holder.setAttribute("role", "listbox");
  holder.setAttribute("aria-label", told("people"));
  holder.replaceChildren(...near.slice(0, 8).map((name, at) => option(`mention-${at}`, name, "", at === 0)));
  note.after(holder);
  note.setAttribute("aria-controls", "mention-list");
  note.setAttribute("aria-activedescendant", "mention-0");
}

function name(note) {
  const chosen = people()?.querySelector('[aria-selected="true"] strong')?.textContent;
  const start = note.selectionStart - asked(note)[1].length;
  hide();
  insert(note, `${chosen} `, start, note.selectionStart);
}

function noted(event) {
  const note = event.target;
  if (note.id !== "note-text" || !people() || event.isComposing) return;
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) move(people(), note, by);
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") name(note);
  else if (event.key === "Escape") hide();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function written(event) {
  const { target } = event;
  if (target.id === "note-text") suggest(target);
  else if (target.id === "saved-search") {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  } else if (target.id === "reply-text" && event.data === "/" && /(?:^|\n)\/$/.test(target.value.slice(0, target.selectionStart))) {
    open(true);
  }
}

export function popup() {
  document.addEventListener("input", written);
  document.addEventListener("keydown", (event) => event.target.id === "saved-search" && searched(event), true);
  document.addEventListener("keydown", noted, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-saved]")) open(false);
    else if (event.target.closest("#saved-list [role=option]")) {
      for (const one of list().children) one.setAttribute("aria-selected", String(one.contains(event.target)));
      take();
    } else if (event.target.closest("#mention-list [role=option]")) {
      for (const one of people().children) one.setAttribute("aria-selected", String(one.contains(event.target)));
      name(document.getElementById("note-text"));
    } else if (box() && !box().hidden && !event.target.closest("#saved-popup")) box().hidden = true;
    else if (!event.target.closest("#note-text")) hide();
  });
  document.addEventListener("reply:insert", (event) => use(event.detail));
}
