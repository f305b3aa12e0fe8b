// The focus is never lost: when what had it is gone after a change of the page, what stands in its place gets it.
import { current } from "./panes.js";

let last = null;

function address(element) {
  const row = element.closest(".row");
  return {
    id: element.id || row?.id,
    act: element.dataset.act,
    path: element.getAttribute("href"),
    menu: element.closest("[data-menu]")?.dataset.menu,
    detail: Boolean(element.closest("#detail")),
    next: row?.nextElementSibling?.id || row?.previousElementSibling?.id,
    list: Boolean(row),
  };
}

function focusable(element) {
  return element?.matches(".row") ? element.querySelector(":scope > a") : element;
}

function instead() {
  const byId = (id) => (id ? focusable(document.getElementById(id)) : null);
  const inDetail = () =>
    (last.act && document.querySelector(`#detail [data-act="${last.act}"]`)) ||
    (last.menu && document.querySelector(`#detail [data-menu="${last.menu}"] > summary`)) ||
    document.getElementById("conversation-title");
  const candidates = [() => byId(last.id), () => (last.detail ? inDetail() : null), () => byId(last.next), () => (last.list || last.detail ? (current() ?? document.querySelector("#rows .row > a")) : null)];
  for (const find of candidates) {
    const element = find();
    if (element && (element.checkVisibility?.() ?? true)) return element;
  }
  return null;
}

function keep() {
  const nowhere = !document.activeElement || document.activeElement === document.body;
  if (!nowhere || !last || document.querySelector("dialog[open]")) return;
  instead()?.focus({ preventScroll: true });
}

export function focus() {
  document.addEventListener("focusin", (event) => {
    if (event.target !== document.body && !event.target.closest("dialog, #toasts")) last = address(event.target);
  });
  // A person who clicks beside everything wants the focus nowhere.
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("a, button, input, textarea, select, summary, label, [tabindex]")) last = null;
  });
  for (const name of ["htmx:after:swap", "rows:changed"]) document.addEventListener(name, () => queueMicrotask(keep));
}
