// Files: chosen, pasted or dropped; each goes to the server at once and waits there with the draft.
import { text as told } from "./desk.js";
import { post, shown, state } from "./drafts.js";

const adding = new WeakMap();
const MB = 1024 * 1024;

function size(bytes) {
  return bytes < MB ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / MB).toFixed(1)} MB`;
}

function total(form) {
  return [...form.querySelectorAll("[data-size]")].reduce((sum, one) => sum + Number(one.dataset.size), 0);
}

function problem(words) {
  const place = document.getElementById("held");
  const box = document.createElement("div");
  box.className = "problem";
  const line = document.createElement("p");
  line.textContent = words;
  box.append(line);
  place.replaceChildren(box);
}

function line(file) {
  const item = document.createElement("li");
  item.className = "file is-adding";
  item.dataset.size = file.size;
  const name = document.createElement("span");
  name.className = "clip";
  name.textContent = file.name;
  const how = document.createElement("span");
  how.className = "faint small nowrap";
  how.textContent = told("adding");
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "button plain square tiny";
  drop.dataset.dropFile = "";
  drop.setAttribute("aria-label", told("remove", { name: file.name }));
  drop.textContent = "×";
  drop.hidden = true;
  item.append(name, " ", how, drop);
  return item;
}

async function add(form, file) {
  const largest = Number(form.dataset.largest);
  if (total(form) + file.size > largest) {
    problem(told("too_large", { name: file.name, limit: Math.round(largest / MB) }));
    return;
  }
  const list = form.querySelector("[data-chosen]");
  const item = line(file);
  list.append(item);
  list.hidden = false;
  const body = new FormData();
  body.append("file", file, file.name || "file");
  body.append("kind", form.dataset.kind);
  await state(form).busy;
  const answer = await post(`${document.getElementById("composer").dataset.here}/draft/files`, body).catch(() => null);
  const found = await answer?.json().catch(() => null);
  if (!answer?.ok) {
    item.remove();
    list.hidden = !list.children.length;
    problem(found?.problem ?? told("not_added", { name: file.name }));
    return;
  }
  item.classList.remove("is-adding");
  item.dataset.file = found.id;
  item.querySelector(".faint").textContent = size(found.size);
  item.querySelector("button").hidden = false;
  if (!state(form).version) state(form).version = found.draft;
  shown(form);
}

function addAll(form, files) {
  if (!form.querySelector("[data-chosen]") || !Number(form.dataset.largest)) return;
  // One after the other, so that they stand in the order they were added.
  const before = adding.get(form) ?? Promise.resolve();
  const all = [...files].reduce((last, file) => last.then(() => add(form, file)), before);
  adding.set(form, all);
  all.finally(() => adding.get(form) === all && adding.delete(form));
}

// Sending waits for what is still on its way up.
export function busy(form) {
  return adding.get(form);
}

async function remove(button) {
  const item = button.closest("li");
  const form = item.closest("form");
  const answer = await post(`/draft-files/${item.dataset.file}/remove`, {}).catch(() => null);
  if (!answer?.ok) return;
  const list = item.parentElement;
  item.remove();
  list.hidden = !list.children.length;
  shown(form);
  form.elements.text.focus();
}

function pasted(event) {
  const form = event.target.closest?.("#composer [data-form=reply]");
  const files = [...(event.clipboardData?.files ?? [])];
  if (!form || !files.length) return;
  event.preventDefault();
  addAll(form, files);
}

function over(event) {
  const place = event.target.closest?.("#detail");
  const some = [...(event.dataTransfer?.types ?? [])].includes("Files");
  const form = document.getElementById("reply-form");
  if (!place || !some || !form) return;
  event.preventDefault();
  form.classList.toggle("is-target", event.type === "dragover");
  if (event.type !== "drop") return;
  addAll(form, event.dataTransfer.files);
}

export function attach() {
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-files]")) return;
    addAll(event.target.form, [...event.target.files]);
    event.target.value = "";
  });
  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-drop-file]");
    if (drop) remove(drop);
  });
  document.addEventListener("paste", pasted);
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, over);
}
