// Writing: tabs, a preview, what the channel allows, and the ways to send.
import { attach, busy } from "./attach.js";
import { text as told } from "./desk.js";
import { discard, flush, recall, sending, sent, share, typed } from "./drafts.js";
import { format } from "./format.js";
import { current } from "./panes.js";
import { popup } from "./popup.js";

let next = false;

function show(name, focus = true) {
  for (const form of document.querySelectorAll("[data-form]")) form.hidden = form.dataset.form !== name;
  for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.tab === name));
  const text = document.getElementById(`${name}-text`);
  if (focus && text) {
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }
}

async function preview(button) {
  const form = button.closest("form");
  const place = form.querySelector("[data-preview]");
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  const values = { text: form.elements.text.value, signature: button.dataset.signature, csrf: form.elements.csrf.value };
  if (on) await htmx.ajax("POST", "/preview", { target: place, swap: "innerHTML", values });
  place.hidden = !on;
  form.elements.text.hidden = on;
}

// X counts every link as 23 letters and wide letters twice; rules/limits.py counts the same and decides.
function letters(channel, text) {
  if (channel !== "x") return [...text].length;
  const links = text.match(/https?:\/\/\S+/g) ?? [];
  const light = (code) => code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223) || (code >= 8242 && code <= 8247);
  return links.length * 23 + [...text.replace(/https?:\/\/\S+/g, "")].reduce((sum, one) => sum + (light(one.codePointAt(0)) ? 1 : 2), 0);
}

// What an SMS is paid as: 160 letters alone or 153 of each part, and 70 or 67 where one letter is not of GSM's alphabet.
function parts(text) {
  const plain = /^[\n -Z_a-z@£$¥èéùìòÇØøÅåÄÖÑÜ§äöñüà¡¿ßÆæÉ€^{}\\[\]~|ΔΦΓΛΩΠΨΣΘΞ¤]*$/.test(text);
  const [alone, each] = plain ? [160, 153] : [70, 67];
  return text.length <= alone ? 1 : Math.ceil(text.length / each);
}

function count() {
  const place = document.querySelector("#reply-count [data-counted]");
  const text = document.getElementById("reply-text");
  if (!place || !text) return;
  const { count: channel, limit } = place.parentElement.dataset;
  const left = Number(limit) - letters(channel, text.value);
  place.textContent = left < 0 ? told("over", { n: -left }) : told("letters", { n: left });
  if (channel === "sms") place.textContent += ` · ${told("parts", { n: parts(text.value) })}`;
  place.classList.toggle("is-over", left < 0);
}

function clicked(event) {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-tab]")) show(on("[data-tab]").dataset.tab);
  if (on("[data-see]")) preview(on("[data-see]"));
  if (on("[data-share]")) share(on("[data-share]"));
  if (on("[data-discard]")) discard(on("[data-discard]").closest("form")).then(count);
  if (on("[data-discard-mine]")) {
    document.getElementById("held").replaceChildren();
    discard(document.getElementById("reply-form")).then(count);
  }
  if (on("[data-toggle-cc]")) people(on("[data-toggle-cc]"));
}

function people(button) {
  const line = document.querySelector("[data-people]");
  line.hidden = !line.hidden;
  button.setAttribute("aria-expanded", String(!line.hidden));
  if (!line.hidden) line.querySelector("[name=cc]").focus();
}

function submitted(event) {
  const form = event.target.closest?.("#composer [data-draft]");
  if (!form) return;
  for (const menu of form.querySelectorAll("details.menu[open]")) menu.open = false;
  const coming = busy(form);
  if (coming) {
    event.preventDefault();
    event.stopImmediatePropagation();
    coming.then(() => form.isConnected && form.requestSubmit(event.submitter ?? undefined));
    return;
  }
  next = event.submitter?.value === "next";
  sending(form, true);
}

function answered(event) {
  const ctx = event.detail.ctx;
  const form = ctx?.sourceElement?.closest?.("#composer [data-draft]");
  if (!form || ctx.request?.method?.toUpperCase() !== "POST" || !/\/(reply|note)$/.test(ctx.request.action ?? "")) return;
  if (ctx.response?.status === 200) {
    sent(form);
  } else {
    next = false;
    sending(form, false);
    typed(form);
  }
}

function swapped() {
  for (const form of document.querySelectorAll("#composer [data-draft]")) recall(form);
  const held = document.querySelector("#held button");
  if (held && document.activeElement === document.body) held.focus();
  count();
  if (!next || document.querySelector("#held .problem")) return;
  next = false;
  const row = current()?.closest(".row");
  const link = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector?.("a");
  if (link) link.click();
  else document.querySelector('#detail [data-act="back"]')?.click();
}

function key(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.closest?.("#composer [data-draft]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit((event.shiftKey && form.querySelector('[value="next"]')) || form.querySelector(".button.first"));
}

export function composer() {
  document.addEventListener("click", clicked);
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("#composer [data-draft]");
    if (!form || !["text", "to", "cc"].includes(event.target.name)) return;
    typed(form);
    count();
  });
  document.addEventListener("keydown", key);
  document.addEventListener("submit", submitted, true);
  document.addEventListener("htmx:after:request", answered);
  document.addEventListener("htmx:error", (event) => answered({ detail: { ctx: { ...event.detail?.ctx, response: { status: 0 } } } }));
  document.addEventListener("htmx:after:swap", swapped);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush());
  addEventListener("pagehide", flush);
  attach();
  format();
  popup();
  swapped();
}

