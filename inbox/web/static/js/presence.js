// Who else looks at what, and who writes there; and telling the others the same of this page. See inbox/flow/presence.py.
import { word } from "./words.js";

const EVERY = 10_000;
const SOON = 700;
const WRITES_FOR = 8_000;

const tab = (sessionStorage.tab ??= crypto.getRandomValues(new Uint32Array(2)).reduce((text, one) => text + one.toString(36).padStart(7, "0"), ""));
let here = {};
let typed = { at: 0, what: "" };
let told = "0";
let toldAt = 0;
let soon = 0;

const line = () => document.getElementById("live");
const token = () => document.querySelector("input[name=csrf]")?.value ?? "";

function initials(name) {
  const words = name.replaceAll("@", " ").split(/\s+/).filter((one) => /^[\p{L}\p{N}]/u.test(one));
  if (!words.length) return "?";
  return (words[0][0] + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

function others(id) {
  const me = Number(line().dataset.me);
  return (here[id] ?? []).filter((one) => one.id !== me);
}

function face(one) {
  const made = document.createElement("span");
  made.className = `face ours tiny here-face${one.typing ? " is-typing" : ""}`;
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", word(one.typing ? "is_typing" : "is_here", { name: one.name }));
  made.title = made.getAttribute("aria-label");
  made.textContent = initials(one.name);
  return made;
}

function faces(holder, people) {
  const told = people.map((one) => `${one.id}${one.typing}`).join();
  let place = holder.querySelector(":scope > .here-faces");
  if ((place?.dataset.told ?? "") === told) return;
  if (!people.length) {
    place.remove();
    return;
  }
  if (!place) {
    place = document.createElement("span");
    place.className = "here-faces";
    holder.append(place);
  }
  place.dataset.told = told;
  place.replaceChildren(...people.slice(0, 3).map(face));
}

function sentence(people) {
  const types = people.filter((one) => one.typing).map((one) => word(`types_${one.typing}`, { name: one.name }));
  const reads = people.filter((one) => !one.typing).map((one) => one.name);
  if (!reads.length) return types.join(" ");
  const names = new Intl.ListFormat(document.documentElement.lang).format(reads);
  return [...types, word("also_here", { names })].join(" ");
}

function show() {
  for (const row of document.querySelectorAll("#rows .row")) {
    const people = others(row.dataset.id);
    if (people.length || row.querySelector(".here-faces")) faces(row.querySelector("a"), people);
  }
  const story = document.getElementById("conversation");
  const place = document.getElementById("here");
  if (!story || !place) return;
  const people = others(story.dataset.id);
  const text = sentence(people);
  if (place.textContent !== text) place.textContent = text;
  const head = document.querySelector("#story-head .story-top");
  if (head && (people.length || head.querySelector(".here-faces"))) faces(head, people);
}

function what() {
  const story = document.getElementById("conversation");
  if (!story || document.hidden) return { conversation: "0", typing: "" };
  const writes = Date.now() - typed.at < WRITES_FOR && typed.conversation === story.dataset.id;
  return { conversation: story.dataset.id, typing: writes ? typed.what : "" };
}

function say() {
  clearTimeout(soon);
  soon = 0;
  const now = what();
  const text = `${now.conversation}${now.typing}`;
  const old = Date.now() - toldAt >= EVERY;
  if (text === told && (!old || now.conversation === "0")) return;
  told = text;
  toldAt = Date.now();
  const body = new URLSearchParams({ tab, csrf: token(), ...now });
  fetch("/presence", { method: "POST", body, keepalive: true }).catch(() => {
    told = "";
  });
}

function sayLeaving() {
  if (told === "0") return;
  told = "0";
  navigator.sendBeacon("/presence", new URLSearchParams({ tab, csrf: token(), conversation: "0", typing: "" }));
}

function saySoon() {
  soon ||= setTimeout(say, Math.max(SOON, toldAt + 2_000 - Date.now() < SOON ? SOON : toldAt + 2_000 - Date.now()));
}

function writes(event) {
  const form = event.target.closest?.("#composer [data-form]");
  if (!form || !event.target.value) return;
  const conversation = document.getElementById("conversation")?.dataset.id;
  typed = { at: Date.now(), what: form.dataset.form, conversation };
  saySoon();
}

export function presence() {
  if (!line()) return;
  line().addEventListener("presence", (event) => {
    here = JSON.parse(event.detail.data).here;
    show();
  });
  document.addEventListener("rows:changed", show);
  document.addEventListener("htmx:after:swap", () => {
    show();
    saySoon();
  });
  document.addEventListener("input", writes);
  document.addEventListener("visibilitychange", () => (document.hidden ? sayLeaving() : saySoon()));
  addEventListener("pagehide", sayLeaving);
  addEventListener("pageshow", saySoon);
  line().addEventListener("restored", saySoon);
  setInterval(say, 2_500);
}
