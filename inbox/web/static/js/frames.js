// A mail as it was sent, in a frame that cannot run anything. The page measures its height; nothing inside could.
import { word } from "./words.js";

const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

function fit(frame) {
  const body = frame.contentDocument?.documentElement;
  if (body) frame.style.setProperty("block-size", `${Math.min(body.scrollHeight, 20_000)}px`);
}

function bar(box, id, held) {
  const line = document.createElement("div");
  line.className = "frame-bar small";
  const said = document.createElement("span");
  said.textContent = word(held === 1 ? "one_held" : "many_held", { n: held });
  const ask = document.createElement("button");
  ask.type = "button";
  ask.className = "button tiny";
  ask.textContent = word("show_images");
  ask.addEventListener("click", () => open(box, id, true));
  line.append(said, ask);
  return line;
}

function open(box, id, images) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", SANDBOX);
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.title = word("frame");
  frame.addEventListener("load", () => {
    fit(frame);
    const held = Number(frame.contentDocument?.body.dataset.heldBack || 0);
    if (held) box.prepend(bar(box, id, held));
    new ResizeObserver(() => fit(frame)).observe(frame.contentDocument.body);
  });
  frame.src = `/messages/${id}/body${images ? "?images=yes" : ""}`;
  box.replaceChildren(frame);
}

function toggle(button) {
  const id = button.dataset.show;
  const on = button.getAttribute("aria-pressed") !== "true";
  const box = document.querySelector(`[data-frame="${id}"]`);
  button.setAttribute("aria-pressed", String(on));
  button.textContent = word(on ? "as_text" : "as_sent");
  document.querySelector(`[data-body="${id}"]`).hidden = on;
  box.hidden = !on;
  if (on) open(box, id, false);
  else box.replaceChildren();
}

export function frames() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (button) toggle(button);
  });
}
