// Writing: tabs, drafts that survive a reload, files, a preview, and Ctrl+Enter.
import { word } from "./words.js";

const LARGEST = 25 * 1024 * 1024;

function kept(form) {
  return `draft:${form.dataset.draft}`;
}

function remember(form) {
  const text = form.elements.text.value;
  if (text.trim()) localStorage.setItem(kept(form), text);
  else localStorage.removeItem(kept(form));
  const discard = form.querySelector("[data-discard]");
  if (discard) discard.hidden = !text.trim();
  document.getElementById("composer")?.classList.toggle("is-busy", Boolean(text.trim()));
}

function recall() {
  for (const form of document.querySelectorAll("[data-draft]")) {
    if (form.dataset.recalled) continue;
    form.dataset.recalled = "yes";
    const text = localStorage.getItem(kept(form));
    if (text && !form.elements.text.value) form.elements.text.value = text;
    remember(form);
    if (text && form.dataset.form === "note" && !document.querySelector('[data-form="reply"] textarea').value) show("note", false);
  }
}

function show(name, focus = true) {
  for (const form of document.querySelectorAll("[data-form]")) form.hidden = form.dataset.form !== name;
  for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.tab === name));
  const text = document.getElementById(`${name}-text`);
  if (focus && text) {
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }
}

function size(bytes) {
  return bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function files(input) {
  const list = input.form.querySelector("[data-chosen]");
  const chosen = [...input.files];
  const total = chosen.reduce((sum, file) => sum + file.size, 0);
  list.replaceChildren(...chosen.map((file) => {
    const item = document.createElement("li");
    item.className = "file";
    item.textContent = `${file.name} (${size(file.size)})`;
    return item;
  }));
  list.hidden = !chosen.length;
  input.setCustomValidity(total > LARGEST ? word("too_large") : "");
  input.reportValidity();
}

async function preview(button) {
  const form = button.closest("form");
  const place = form.querySelector("[data-preview]");
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  if (on) await htmx.ajax("POST", "/preview", { target: place, swap: "innerHTML", values: { text: form.elements.text.value, csrf: form.elements.csrf.value } });
  place.hidden = !on;
  form.elements.text.hidden = on;
}

function clicked(event) {
  const tab = event.target.closest("[data-tab]");
  if (tab) show(tab.dataset.tab);
  const see = event.target.closest("[data-see]");
  if (see) preview(see);
  const cc = event.target.closest("[data-toggle-cc]");
  if (cc) {
    const line = document.querySelector("[data-cc]");
    line.hidden = !line.hidden;
    cc.setAttribute("aria-expanded", String(!line.hidden));
    if (!line.hidden) line.querySelector("input").focus();
  }
  const discard = event.target.closest("[data-discard]");
  if (discard) {
    const form = discard.closest("form");
    form.elements.text.value = "";
    remember(form);
    form.elements.text.focus();
  }
}

function sent(event) {
  const ctx = event.detail.ctx;
  const form = ctx?.sourceElement?.closest?.("[data-draft]");
  if (!form || ctx.response?.status !== 200) return;
  localStorage.removeItem(kept(form));
}

export function composer() {
  document.addEventListener("click", clicked);
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("[data-draft]");
    if (form && event.target.name === "text") remember(form);
  });
  document.addEventListener("change", (event) => event.target.matches("[data-files]") && files(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("[data-draft]");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector(".button.first"));
  });
  document.addEventListener("htmx:after:request", sent);
  document.addEventListener("htmx:after:swap", recall);
  recall();
}
