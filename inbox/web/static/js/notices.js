// What one is told while a page is open: the number at the bell, a word on the page, or a notice of the browser's.
const SOON = 300;
const OTHERS_FIRST = 1_200;

let known = Number(sessionStorage.getItem("notices.known") ?? -1);
let unread = 0;
let soon = 0;

const line = () => document.getElementById("live");
const token = () => document.querySelector("input[name=csrf]")?.value ?? "";
const bell = () => document.querySelector('.rail .count[data-count="notices"]');

function shown(id) {
  return Number(localStorage.getItem("notices.shown") ?? 0) >= id;
}

function toast(told) {
  const made = document.createElement("div");
  made.className = "toast";
  made.dataset.toast = "";
  const link = document.createElement("a");
  link.href = told.path;
  link.textContent = told.text;
  made.append(link);
  document.getElementById("toasts").append(made);
}

async function notify(told) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const options = { body: told.text, tag: `notice-${told.id}`, data: { path: told.path }, icon: "/static/img/ring.svg" };
  const worker = await navigator.serviceWorker?.getRegistration("/");
  if (worker) worker.showNotification("Under24", options);
  else {
    const made = new Notification("Under24", options);
    made.addEventListener("click", () => {
      focus();
      location.assign(told.path);
    });
  }
}

// Of many pages one speaks: the one that is looked at, else the first of the hidden ones.
function tell(told) {
  if (shown(told.id)) return;
  localStorage.setItem("notices.shown", told.id);
  if (document.hidden) notify(told);
  else if (document.getElementById("conversation")?.dataset.id !== told.path.split("/").at(-1)) toast(told);
}

async function look() {
  soon = 0;
  const answer = await fetch(`/notices/fresh?after=${known}`).catch(() => null);
  if (!answer?.ok) return;
  const news = await answer.json();
  known = news.last;
  sessionStorage.setItem("notices.known", known);
  unread = news.unread;
  if (bell()) bell().textContent = unread ? String(unread) : "";
  for (const told of news.fresh) {
    if (document.hidden) setTimeout(tell, OTHERS_FIRST, told);
    else tell(told);
  }
  read();
}

function lookSoon() {
  soon ||= setTimeout(look, SOON);
}

// What is told of a conversation is read once that conversation is looked at.
async function read() {
  const id = document.getElementById("conversation")?.dataset.id;
  if (!id || !unread || document.hidden || read.last === `${id}.${known}`) return;
  read.last = `${id}.${known}`;
  await fetch("/notices/read", { method: "POST", body: new URLSearchParams({ csrf: token(), conversation: id }) }).catch(() => {
    read.last = "";
  });
}

function changed(event) {
  const { kinds = [] } = JSON.parse(event.detail.data || "{}");
  if (kinds.includes("notice.new") || kinds.includes("notice.read")) lookSoon();
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function subscribe() {
  const told = await fetch("/settings/notices/key", { method: "POST", body: new URLSearchParams({ csrf: token() }) });
  if (!told.ok) throw new Error(String(told.status));
  const key = bytes(await told.text());
  await navigator.serviceWorker.register("/sw.js");
  const worker = await navigator.serviceWorker.ready;
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = made.toJSON();
  const body = new URLSearchParams({ csrf: token(), endpoint, p256dh: keys.p256dh, auth: keys.auth });
  const answer = await fetch("/settings/notices/browsers", { method: "POST", body, redirect: "manual" });
  if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
  location.reload();
}

async function allow(event) {
  const place = event.target.closest("[data-notices]");
  const say = (text) => {
    place.querySelector("[data-said]").textContent = text;
  };
  if (!("Notification" in window) || !navigator.serviceWorker || !("PushManager" in window)) return say(place.dataset.cannot);
  if ((await Notification.requestPermission()) !== "granted") return say(place.dataset.no);
  return subscribe().catch(() => say(place.dataset.failed));
}

// Whoever signs out here takes the browser's subscription along: the next one to sign in is told their own things.
async function leave(event) {
  const form = event.target;
  if (!form.matches?.('form[action="/logout"]') || form.dataset.leaving || !navigator.serviceWorker) return;
  event.preventDefault();
  form.dataset.leaving = "yes";
  const gone = navigator.serviceWorker
    .getRegistration("/")
    .then((worker) => worker?.pushManager.getSubscription())
    .then((made) => made?.unsubscribe())
    .catch(() => undefined);
  await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  form.submit();
}

export function notices() {
  if (!line()) return;
  document.addEventListener("click", (event) => event.target.closest("[data-allow]") && allow(event));
  document.addEventListener("submit", leave);
  document.addEventListener("changes", changed);
  document.addEventListener("reset", lookSoon);
  document.addEventListener("restored", lookSoon);
  document.addEventListener("htmx:after:swap", () => read());
  document.addEventListener("visibilitychange", () => read());
  look();
}
