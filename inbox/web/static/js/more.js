// The next rows of a list are there before the eye is: no blank row, and no button to press.
const NEAR = "1600px";

let watched = null;
let watcher = null;

function watch() {
  const button = document.querySelector("#older");
  if (button === watched) return;
  watcher?.disconnect();
  watched = button;
  if (!button) return;
  const rows = document.getElementById("rows");
  const root = getComputedStyle(rows).overflowY === "visible" ? null : rows;
  watcher = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watcher.disconnect();
    button.querySelector("a, button")?.click();
  }, { root, rootMargin: `${NEAR} 0px` });
  watcher.observe(button);
}

export function more() {
  if (!document.getElementById("rows")) return;
  document.addEventListener("htmx:after:swap", watch);
  document.addEventListener("rows:changed", watch);
  watch();
}
