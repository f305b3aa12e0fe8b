// Sends the file of an import as it is, of any size, and says how much of it has arrived.
const form = document.querySelector("form[data-upload]");

form?.addEventListener("submit", (event) => {
  const file = form.elements.file.files[0];
  if (!file) return;
  event.preventDefault();
  const told = form.querySelector("[data-upload-told]");
  const button = form.querySelector("button");
  const asked = new URLSearchParams({ kind: form.elements.kind.value, account: form.elements.account.value, name: file.name });
  const line = new XMLHttpRequest();
  line.open("POST", `${form.dataset.upload}?${asked}`);
  line.setRequestHeader("X-CSRF-Token", form.elements.csrf.value);
  line.setRequestHeader("HX-Request", "true");
  line.setRequestHeader("Content-Type", "application/octet-stream");
  line.upload.addEventListener("progress", (sent) => {
    if (sent.lengthComputable) {
      told.textContent = told.dataset.uploadTold.replace("{percent}", Math.floor((100 * sent.loaded) / sent.total));
    }
  });
  const failed = () => {
    const said = new DOMParser().parseFromString(line.responseText || "", "text/html").body.textContent.trim();
    told.textContent = said || told.dataset.uploadFailed;
    button.disabled = false;
  };
  line.addEventListener("load", () => {
    const to = line.getResponseHeader("HX-Redirect");
    if (line.status !== 204 || !to) return failed();
    const [path] = to.split("#");
    if (path === location.pathname) location.reload();
    else location.assign(to);
  });
  line.addEventListener("error", failed);
  button.disabled = true;
  line.send(file);
});
