// The texts that scripts write, in the reader's language: the server gives them (inbox/web/words.py).
const words = JSON.parse(document.body.dataset.words || "{}");

export function word(name, values = {}) {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}
