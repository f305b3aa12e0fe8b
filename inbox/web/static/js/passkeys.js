// Passkeys: a form with data-passkey asks that address for a challenge, lets the browser sign it, and is then sent.
const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const text = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

// What was signed, in the words of RegistrationResponseJSON and AuthenticationResponseJSON.
function told(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
}

async function signed(form) {
  const csrf = form.elements.csrf.value;
  const answer = await fetch(form.dataset.passkey, { method: "POST", headers: { "X-CSRF-Token": csrf } });
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  const asked = await answer.json();
  const options = { ...asked, challenge: bytes(asked.challenge) };
  if (asked.user) {
    options.user = { ...asked.user, id: bytes(asked.user.id) };
    options.excludeCredentials = named(asked.excludeCredentials);
    return told(await navigator.credentials.create({ publicKey: options }));
  }
  options.allowCredentials = named(asked.allowCredentials);
  return told(await navigator.credentials.get({ publicKey: options }));
}

async function use(event) {
  const form = event.target.closest?.("form[data-passkey]");
  if (!form || form.elements.answer.value) return;
  event.preventDefault();
  event.stopPropagation();
  const said = form.querySelector("[role=status]");
  said.textContent = "";
  form.setAttribute("aria-busy", "true");
  try {
    form.elements.answer.value = JSON.stringify(await signed(form));
    form.submit();
  } catch {
    said.textContent = form.dataset.refused;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

const isNumber = /^[\d.]+$|:/.test(location.hostname); // a passkey belongs to a name
if (window.PublicKeyCredential && window.isSecureContext && !isNumber) {
  document.addEventListener("submit", use, true);
  for (const form of document.querySelectorAll("form[data-passkey]")) form.hidden = false;
}
