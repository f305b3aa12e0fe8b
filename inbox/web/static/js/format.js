// Markdown by keys and buttons. Every change goes in as if typed, so that the browser's own undo takes it back.
function put(field, start, end, words, from, to) {
  field.focus();
  field.setSelectionRange(start, end);
  // The only way to write into a field that its undo knows of; where it is gone, the text is set all the same.
  if (!document.execCommand("insertText", false, words)) {
    field.setRangeText(words, start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.setSelectionRange(from, to);
}

export function insert(field, words, start = field.selectionStart, end = field.selectionEnd) {
  put(field, start, end, words, start + words.length, start + words.length);
}

function around(field, mark) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const chosen = value.slice(start, end);
  const n = mark.length;
  if (value.slice(start - n, start) === mark && value.slice(end, end + n) === mark) {
    put(field, start - n, end + n, chosen, start - n, end - n);
  } else {
    put(field, start, end, mark + chosen + mark, start + n, end + n);
  }
}

function lines(field, mark) {
  const { value } = field;
  const start = value.lastIndexOf("\n", field.selectionStart - 1) + 1;
  const after = value.indexOf("\n", field.selectionEnd);
  const end = after < 0 ? value.length : after;
  const old = value.slice(start, end).split("\n");
  const marks = old.map((_, place) => (mark === "1. " ? `${place + 1}. ` : mark));
  const on = old.every((line, place) => line.startsWith(marks[place]));
  const fresh = old.map((line, place) => (on ? line.slice(marks[place].length) : marks[place] + line)).join("\n");
  put(field, start, end, fresh, old.length > 1 ? start : start + fresh.length, start + fresh.length);
}

function link(field) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const chosen = value.slice(start, end);
  const address = /^https?:\/\/\S+$/.test(chosen);
  const words = address ? `[](${chosen})` : `[${chosen}](https://)`;
  const at = address || !chosen ? start + 1 : start + chosen.length + 3;
  put(field, start, end, words, at, address || !chosen ? at : at + 8);
}

const acts = {
  bold: (field) => around(field, "**"),
  italic: (field) => around(field, "_"),
  code: (field) => (field.value.slice(field.selectionStart, field.selectionEnd).includes("\n") ? around(field, "\n```\n") : around(field, "`")),
  link,
  list: (field) => lines(field, "- "),
  numbers: (field) => lines(field, "1. "),
  quote: (field) => lines(field, "> "),
};
const plain = { KeyB: "bold", KeyI: "italic", KeyE: "code" };
const shifted = { Digit7: "numbers", Digit8: "list", Digit9: "quote" };

function key(event) {
  if (!event.target.matches?.("#composer textarea") || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  const field = event.target;
  let name = (event.shiftKey ? shifted : plain)[event.code];
  // Ctrl K with nothing chosen stays what it is elsewhere: the palette.
  if (event.code === "KeyK" && !event.shiftKey && field.selectionStart !== field.selectionEnd) name = "link";
  if (!name) return;
  event.preventDefault();
  acts[name](field);
}

function rove(event) {
  const bar = event.target.closest?.("[data-format-bar]");
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!bar || !by) return;
  const all = [...bar.querySelectorAll("button")];
  const next = all[(all.indexOf(event.target) + by + all.length) % all.length];
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
  event.preventDefault();
}

export function format() {
  document.addEventListener("keydown", key);
  document.addEventListener("keydown", rove);
  document.addEventListener("mousedown", (event) => event.target.closest("[data-format]") && event.preventDefault());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-format]");
    if (button) acts[button.dataset.format](button.closest("form").elements.text);
  });
}
