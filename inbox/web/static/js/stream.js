// The line to the server: changes as they happen, what was missed after a gap, and a quiet word while there is no line.
// What it hears it tells as events of #live: changes, reset, presence, restored. See inbox/web/hub.py.
import { word } from "./words.js";

const DEAD_AFTER = 40_000;
const DOUBTFUL_AFTER = 20_000;
const SAID_AFTER = 2_500;
const LONGEST_WAIT = 15_000;
const RESTS_AFTER = 60_000;

let source = null;
let seq = "";
let heard = Date.now();
let tries = 0;
let again = 0;
let lost = 0;
let leaving = false;

const line = () => document.getElementById("live");
const bar = () => document.getElementById("offline");

function tell(name, detail = {}) {
  line().dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

function alive(event) {
  heard = Date.now();
  if (event.lastEventId) seq = event.lastEventId;
}

function said(text) {
  if (bar().textContent !== text) bar().textContent = text;
}

function sayLost() {
  if (!lost || leaving) return;
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  said(word("offline", { time: time.format(heard) }));
}

function opened() {
  tries = 0;
  heard = Date.now();
  const gone = lost;
  lost = 0;
  if (!gone) return;
  const wasSaid = bar().textContent !== "";
  said("");
  tell("restored");
  if (wasSaid) tell("said", { text: word("online") });
}

function cut() {
  clearTimeout(again);
  again = 0;
  source?.close();
  source = null;
}

function broken() {
  cut();
  lost ||= Date.now();
  setTimeout(sayLost, SAID_AFTER);
  const wait = Math.min(LONGEST_WAIT, 500 * 2 ** tries) * (0.8 + Math.random() * 0.4);
  tries += 1;
  again = setTimeout(retry, wait);
}

// An EventSource does not say why it failed: one plain request does.
async function state() {
  const stop = new AbortController();
  try {
    const answer = await fetch("/live", { headers: { "HX-Request": "true" }, signal: stop.signal });
    stop.abort();
    return answer.status === 401 ? "out" : answer.ok ? "in" : "down";
  } catch {
    return "down";
  }
}

async function retry() {
  again = -1;
  const found = await state();
  if (leaving || again !== -1) return;
  if (found === "out") out();
  else if (found === "in") connect();
  else broken();
}

function out() {
  leaving = true;
  cut();
  location.assign("/login");
}

function connect() {
  cut();
  source = new EventSource(`/live?after=${seq}`);
  for (const name of ["changes", "reset", "presence"]) {
    source.addEventListener(name, (event) => {
      alive(event);
      tell(name, { data: event.data, id: event.lastEventId });
    });
  }
  source.addEventListener("here", alive);
  source.addEventListener("bye", out);
  source.addEventListener("open", opened);
  source.addEventListener("error", broken);
}

function offline() {
  cut();
  lost ||= Date.now();
  sayLost();
}

function now() {
  tries = 0;
  cut();
  lost ||= Date.now();
  retry();
}

// Many tabs, few lines: of the hidden ones a single one keeps listening; the others catch up when they are looked at.
let resting = 0;

function rest() {
  if (!document.hidden) return;
  if (!navigator.locks) return;
  navigator.locks.request("under24-listens", { ifAvailable: true }, (lock) => {
    if (!lock) {
      cut();
      return undefined;
    }
    return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  });
}

function looked() {
  clearTimeout(resting);
  if (document.hidden) resting = setTimeout(rest, RESTS_AFTER);
  else if (!source && !again) now();
  else if (Date.now() - heard > DOUBTFUL_AFTER) now();
}

export function stream() {
  if (!line()) return;
  seq = line().dataset.seq;
  connect();
  addEventListener("offline", offline);
  addEventListener("online", now);
  document.addEventListener("visibilitychange", looked);
  addEventListener("pagehide", () => {
    leaving = true;
    cut();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    now();
  });
  // A laptop that slept still believes in its line.
  setInterval(() => source && Date.now() - heard > DEAD_AFTER && now(), 5_000);
}
