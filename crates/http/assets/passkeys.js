// Passkeys. Without this script, or in a browser that has none of it, what needs a passkey stays hidden.
(() => {
  "use strict";

  const passkeys = window.PublicKeyCredential;
  if (!passkeys?.parseRequestOptionsFromJSON || !navigator.credentials) return;

  // A challenge lives for five minutes; one that waits in the address field is renewed before.
  const stale = 4 * 60 * 1000;
  let pending = null;

  const say = (form, words) => {
    const line = form.querySelector("[data-passkey-line]");
    if (line) line.textContent = words;
  };

  // Asks for a challenge, with what the form says belongs to it.
  const challenge = async (form, autofill, signal) => {
    const body = autofill ? { autofill } : {};
    for (const name of (form.dataset.send ?? "").split(" ")) {
      const value = form.elements.namedItem(name)?.value;
      if (value) body[name] = value;
    }
    const response = await fetch(form.dataset.options, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    if (!response.ok) throw new TypeError(`${response.status}`);
    return response.json();
  };

  const send = (form, ceremony, credential) => {
    form.elements.namedItem("ceremony").value = ceremony;
    form.elements.namedItem("answer").value = JSON.stringify(credential);
    const box = form.dataset.box && document.getElementById(form.dataset.box);
    if (box) form.elements.namedItem("keep").value = box.checked ? box.value : "";
    form.requestSubmit();
  };

  const get = async (form, autofill, signal) => {
    const { ceremony, options } = await challenge(form, autofill, signal);
    const publicKey = passkeys.parseRequestOptionsFromJSON(options.publicKey);
    const request = { publicKey, signal };
    if (autofill) request.mediation = "conditional";
    send(form, ceremony, await navigator.credentials.get(request));
  };

  const create = async (form, signal) => {
    const options = JSON.parse(form.dataset.passkeyOptions);
    const publicKey = passkeys.parseCreationOptionsFromJSON(options.publicKey ?? options);
    const credential = await navigator.credentials.create({ publicKey, signal });
    send(form, form.elements.namedItem("ceremony").value, credential);
  };

  // One request at a time: a button takes the place of what waits in the address field.
  const begin = () => {
    pending?.abort();
    pending = new AbortController();
    return pending;
  };

  // Offers passkeys in the address field, and asks nothing by itself.
  const offer = async (form) => {
    if (!(await passkeys.isConditionalMediationAvailable?.())) return;
    let since = -stale;
    const wait = async () => {
      if (document.hidden || performance.now() - since < stale) return;
      since = performance.now();
      const mine = begin();
      try {
        await get(form, true, mine.signal);
      } catch {
        // Nobody asked for it, so nobody is told; a later look at the page tries again.
        if (pending === mine) since = performance.now() - stale + 10_000;
      }
    };
    form.addEventListener("passkey-over", () => {
      since = -stale;
      wait();
    });
    document.addEventListener("visibilitychange", wait);
    document.getElementById(form.dataset.autofill)?.addEventListener("focus", wait);
    wait();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("[data-passkey-start]");
    form.hidden = button.hidden = false;
    button.addEventListener("click", async () => {
      const mine = begin();
      say(form, "");
      button.disabled = true;
      try {
        await (form.dataset.passkey === "create" ? create(form, mine.signal) : get(form, false, mine.signal));
      } catch (error) {
        say(form, error instanceof TypeError ? form.dataset.away : form.dataset.cancelled);
        form.dispatchEvent(new Event("passkey-over"));
      } finally {
        button.disabled = false;
      }
    });
    if (form.dataset.autofill) offer(form);
  }
  for (const element of document.querySelectorAll("[data-passkey-shown]")) element.hidden = false;
})();
