// The composer's own texts, in the reader's language: the server writes them beside it.
export function text(name, values = {}) {
  const words = JSON.parse(document.getElementById("composer")?.dataset.words || "{}");
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}
