// Drafts: kept on the server while they are typed, in this browser until the server has them, and never written over unseen.
import { text as told } from "./desk.js";

const SOON = 700;
const AGAIN = 5_000;
const MOST_KEPT_ALIVE = 50_000;

const states = new WeakMap();
const local = (form) => `draft:${form.dataset.draft}`;
const here = () => document.getElementById("composer").dataset.here;

export function state(form) {
  if (!states.has(form)) {
    states.set(form, { version: Number(form.dataset.kept || 0), saved: form.elements.text.value, timer: 0, busy: null, sending: false });
  }
  return states.get(form);
}

function say(form, words, ...choices) {
  const place = form.querySelector("[data-state]");
  place.textContent = words;
  for (const [name, act] of choices) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button tiny";
    button.textContent = name;
    button.addEventListener("click", act);
    place.append(" ", button);
  }
}

export async function post(path, values, more = {}) {
  const body = values instanceof FormData ? values : new URLSearchParams(values);
  const csrf = document.querySelector("#composer input[name=csrf]").value;
  return fetch(path, { method: "POST", body, headers: { "X-CSRF-Token": csrf }, ...more });
}

function what(form) {
  const { key, version, to, cc } = form.elements;
  return {
    kind: form.dataset.kind, text: form.elements.text.value, draft: state(form).version,
    key: key?.value ?? "", version: version?.value ?? 0, to: to?.value ?? "", cc: cc?.value ?? "",
  };
}

export async function save(form) {
  const its = state(form);
  clearTimeout(its.timer);
  if (its.sending || !form.isConnected) return;
  if (its.busy) {
    await its.busy;
    return save(form);
  }
  const values = what(form);
  const people = `${values.to}\n${values.cc}`;
  if (values.text === its.saved && people === (its.people ?? people)) {
    if (!its.dropping) localStorage.removeItem(local(form));
    return;
  }
  its.busy = store(form, its, values, people).finally(() => { its.busy = null; });
  await its.busy;
}

async function store(form, its, values, people) {
  say(form, told("saving"));
  let answer;
  try {
    answer = await post(`${here()}/draft`, values, { keepalive: values.text.length < MOST_KEPT_ALIVE });
  } catch {
    later(form, AGAIN);
    say(form, told("kept_here"));
    return;
  }
  const found = await answer.json().catch(() => ({}));
  if (its.sending) return;
  if (answer.ok) {
    Object.assign(its, { version: found.draft, saved: values.text, people });
    if (form.elements.text.value === values.text) localStorage.removeItem(local(form));
    say(form, values.text.trim() ? told("saved") : "");
    const id = Number(document.getElementById("conversation")?.dataset.id);
    if (id) document.dispatchEvent(new CustomEvent("conversations:changed", { detail: [id] }));
  } else if (found.gone) {
    say(form, found.problem, [told("keep"), () => again(form, 0)]);
  } else if (found.theirs !== undefined) {
    say(form, found.problem, [told("use_theirs"), () => use(form, found)], [told("keep_mine"), () => again(form, found.draft)]);
  } else {
    say(form, found.problem ?? told("kept_here"));
  }
}

function again(form, version) {
  Object.assign(state(form), { version, saved: null });
  save(form);
}

function use(form, found) {
  form.elements.text.value = found.theirs;
  Object.assign(state(form), { version: found.draft, saved: found.theirs });
  localStorage.removeItem(local(form));
  say(form, "");
  shown(form);
}

function later(form, after = SOON) {
  const its = state(form);
  clearTimeout(its.timer);
  its.timer = setTimeout(() => save(form), after);
}

export function shown(form) {
  const some = Boolean(form.elements.text.value.trim()) || Boolean(form.querySelector("[data-file]"));
  for (const one of form.querySelectorAll("[data-discard], [data-share]")) one.hidden = !some && form.dataset.kind !== "forward";
  document.getElementById("composer")?.classList.toggle("is-busy", some);
}

export function typed(form) {
  state(form);
  const { value } = form.elements.text;
  // Emptied, with files beside it: that is no draft to be thrown away.
  if (value || !form.querySelector("[data-file]")) localStorage.setItem(local(form), value);
  else localStorage.removeItem(local(form));
  shown(form);
  later(form);
}

export function recall(form) {
  if (form.dataset.recalled) return;
  form.dataset.recalled = "yes";
  state(form);
  const kept = localStorage.getItem(local(form));
  if (kept !== null && kept !== form.elements.text.value) {
    form.elements.text.value = kept;
    // An empty one was discarded, and nobody knows yet whether the server has heard of it.
    if (kept) later(form);
    else drop(form);
  }
  shown(form);
}

export async function discard(form) {
  const its = state(form);
  clearTimeout(its.timer);
  localStorage.setItem(local(form), "");
  await its.busy;
  if (form.dataset.kind === "forward") {
    localStorage.removeItem(local(form));
    await htmx.ajax("POST", `${here()}/draft/discard`, { source: form, target: "#composer", swap: "none", values: { kind: "forward" } });
    return;
  }
  const text = form.elements.text.value;
  form.elements.text.value = "";
  const list = form.querySelector("[data-chosen]");
  const files = [...(list?.children ?? [])];
  list?.replaceChildren();
  shown(form);
  form.elements.text.focus();
  await drop(form);
  say(form, told("discarded"), [told("undo"), () => back(form, text, files)]);
}

async function drop(form) {
  localStorage.setItem(local(form), "");
  const its = Object.assign(state(form), { version: 0, saved: "", dropping: true });
  const answer = await post(`${here()}/draft/discard`, { kind: form.dataset.kind }, { keepalive: true }).catch(() => null);
  its.dropping = false;
  if (answer?.ok && !form.elements.text.value) localStorage.removeItem(local(form));
}

async function back(form, text, files) {
  const answer = await post(`${here()}/draft/restore`, { kind: form.dataset.kind }).catch(() => null);
  const found = answer?.ok ? await answer.json() : null;
  form.elements.text.value = text;
  Object.assign(state(form), { version: found?.draft ?? 0, saved: found?.text ?? "" });
  if (found) form.querySelector("[data-chosen]")?.replaceChildren(...files);
  say(form, found?.text === text ? told("saved") : "");
  typed(form);
}

export async function share(button) {
  const form = button.closest("form");
  const on = button.getAttribute("aria-pressed") !== "true";
  await save(form);
  const answer = await post(`${here()}/draft/share`, { kind: form.dataset.kind, on: on ? "yes" : "" }).catch(() => null);
  if (!answer?.ok) return;
  button.setAttribute("aria-pressed", String(on));
  say(form, on ? told("shared") : told("unshared"));
}

export function sending(form, on) {
  const its = state(form);
  its.sending = on;
  clearTimeout(its.timer);
}

export function sent(form) {
  localStorage.removeItem(local(form));
}

export function flush() {
  for (const form of document.querySelectorAll("#composer [data-draft]")) save(form);
}
