// Passkeys: a form with data-passkey asks the server for a challenge, the device for its answer, and posts it. And copying
// recovery codes. Both are hidden where the browser can't.

const packed = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const unpacked = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const unpackedIds = (list = []) => list.map((x) => ({ ...x, id: unpacked(x.id) }));

// answerOf is what the device says, as text.
function answerOf(made) {
  const { response } = made;
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = packed(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return JSON.stringify({
    id: made.id, rawId: packed(made.rawId), type: made.type, response: parts,
    authenticatorAttachment: made.authenticatorAttachment ?? undefined, clientExtensionResults: {},
  });
}

// device lets the device answer a challenge.
function device(kind, publicKey) {
  publicKey.challenge = unpacked(publicKey.challenge);
  if (kind === "create") {
    publicKey.user.id = unpacked(publicKey.user.id);
    publicKey.excludeCredentials = unpackedIds(publicKey.excludeCredentials);
    return navigator.credentials.create({ publicKey });
  }
  publicKey.allowCredentials = unpackedIds(publicKey.allowCredentials);
  return navigator.credentials.get({ publicKey });
}

const passkeyWords = {
  InvalidStateError: "This device has a passkey of your account already.",
  NotAllowedError: "Nothing came from the device: it was cancelled, or took too long. Try again, or use another way.",
  offline: "The server did not answer. Check the connection and try again.",
};

async function usePasskey(form) {
  const button = $("button[type=submit]", form);
  const tell = (text) => { const p = $("[data-said]", form); p.textContent = text; p.hidden = !text; };
  tell("");
  button.disabled = true;
  try {
    const asked = await post(form.dataset.begin, {});
    if (asked.headers.get("HX-Redirect")) return location.assign(asked.headers.get("HX-Redirect"));
    if (!asked.ok) return tell(passkeyWords.offline);
    const { token, publicKey } = await asked.json();
    form.elements.credential.value = answerOf(await device(form.dataset.passkey, publicKey));
    form.elements.token.value = token;
    if (!form.dataset.then) return form.submit();
    const taken = await post(form.action, Object.fromEntries(new FormData(form)));
    if (taken.status === 204) return document.getElementById(form.dataset.then).requestSubmit();
    tell("That passkey was not accepted. Try again, or use another way.");
  } catch (error) {
    tell(passkeyWords[error.name] ?? (error instanceof TypeError ? passkeyWords.offline : passkeyWords.NotAllowedError));
  } finally {
    button.disabled = false;
  }
}

function offerPasskey(form) {
  if (!window.PublicKeyCredential) return;
  form.hidden = false;
  const otherwise = form.nextElementSibling;
  if (otherwise?.matches("[data-no-passkey]")) otherwise.hidden = true;
  form.addEventListener("submit", (event) => { event.preventDefault(); usePasskey(form); });
}

function offerCopy(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
      announce("Copied");
      button.lastElementChild.textContent = "Copied";
    } catch { announce("Could not be copied"); }
  });
}
