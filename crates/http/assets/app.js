// Makes pages nicer that work without it. Words come from the page, never from here.
(() => {
  "use strict";

  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  // Show and hide a password.
  for (const field of document.querySelectorAll("[data-reveal]")) {
    const input = field.querySelector("input");
    const button = make("button", { type: "button", className: "reveal", textContent: field.dataset.show });
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? field.dataset.hide : field.dataset.show;
    };
    button.addEventListener("click", () => show(input.type === "password"));
    input.form.addEventListener("submit", () => show(false));
    input.after(button);
  }

  // Tick the rules of a new password as they are met, and say how strong it is.
  const plain = (text) => text.normalize("NFC").toLocaleLowerCase();
  const contextOf = (form, password) => {
    const entered = [...form.querySelectorAll("#name, #email")].flatMap((input) => plain(input.value).split(/[\s@.]+/u));
    return entered.some((part) => [...part].length > 3 && password.includes(part));
  };
  const strengthOf = (password, long) => {
    const characters = [...password];
    if (!long) return "short";
    const different = new Set(characters).size;
    const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u, /\p{Lo}/u].filter((kind) => kind.test(password)).length;
    const bits = different < 5 || /^(.{1,4})\1+$/u.test(password) ? 20 : Math.min(characters.length, different * 2) * (1.6 + kinds * 0.7);
    if (bits < 28) return "weak";
    if (bits < 42) return "fair";
    return bits < 60 ? "good" : "strong";
  };
  for (const rules of document.querySelectorAll("[data-rules]")) {
    const input = document.getElementById(rules.dataset.rules);
    const strength = rules.querySelector("[data-strength]");
    const tick = (rule, met) => {
      const item = rules.querySelector(`[data-rule="${rule}"]`);
      if (!item || item.classList.contains("met") === met) return;
      item.classList.toggle("met", met);
      if (met) item.append(make("span", { className: "unseen", textContent: ` (${rules.dataset.met})` }));
      else item.querySelector(".unseen").remove();
    };
    const look = () => {
      const password = input.value.normalize("NFC");
      const long = [...password].length >= Number(rules.querySelector("[data-min]").dataset.min);
      tick("length", long);
      tick("context", password !== "" && !contextOf(input.form, plain(password)));
      strength.hidden = password === "";
      strength.querySelector("output").textContent = password === "" ? "" : strength.dataset[strengthOf(password, long)];
    };
    input.form.addEventListener("input", look);
    look();
  }

  // The code sends itself when its seventh character arrives, unless the person says stop.
  for (const form of document.querySelectorAll("[data-code-form]")) {
    const input = form.querySelector("[data-code]");
    const line = form.querySelector("[data-sending-line]");
    let timer = 0;
    let undone = false;
    const stop = () => {
      clearTimeout(timer);
      timer = 0;
      line.replaceChildren();
    };
    const undo = () => {
      undone = true;
      stop();
      input.focus();
    };
    input.addEventListener("input", () => {
      const wasWaiting = timer !== 0;
      stop();
      if (wasWaiting) undone = true;
      const code = input.value.replace(/[\s\p{Pd}]/gu, "");
      if (code.length < 7) {
        if (code.length === 0) undone = false;
        return;
      }
      if (undone || !/^[0-9a-z]{7}$/i.test(code)) return;
      const button = make("button", { type: "button", textContent: form.dataset.undo });
      button.addEventListener("click", undo);
      line.replaceChildren(form.dataset.sending, " ", button);
      timer = setTimeout(() => {
        timer = 0;
        form.requestSubmit();
      }, 1500);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && timer !== 0) undo();
    });
    form.addEventListener("submit", () => clearTimeout(timer));
  }

  // A page that has only one thing to do does it, once it is looked at: not while it is fetched ahead, and not again for
  // whoever comes back to it.
  const [arrival] = performance.getEntriesByType("navigation");
  for (const form of document.querySelectorAll("[data-sends-itself]")) {
    if (arrival?.type === "back_forward") break;
    const send = () => {
      if (document.visibilityState !== "visible" || document.prerendering) return;
      document.removeEventListener("visibilitychange", send);
      document.removeEventListener("prerenderingchange", send);
      form.requestSubmit();
    };
    document.addEventListener("visibilitychange", send);
    document.addEventListener("prerenderingchange", send);
    addEventListener("DOMContentLoaded", send, { once: true });
  }

  // One field takes the app's code and a backup code; the keyboard of a phone follows the switch.
  for (const form of document.querySelectorAll("[data-factor-form]")) {
    const { useBackup, useApp, hintBackup, hintApp } = form.dataset;
    const input = form.querySelector("input.factor");
    const hint = document.getElementById(`${input.id}-hint`);
    const button = make("button", { type: "button", className: "switch" });
    let backup = "backup" in form.dataset;
    const show = () => {
      input.inputMode = backup ? "text" : "numeric";
      input.autocomplete = backup ? "off" : "one-time-code";
      hint.textContent = backup ? hintBackup : hintApp;
      button.textContent = backup ? useApp : useBackup;
    };
    button.addEventListener("click", () => {
      backup = !backup;
      input.value = "";
      show();
      input.focus();
    });
    input.closest(".field").append(button);
    show();
  }

  // Count the wait before another code down, then open the button.
  for (const button of document.querySelectorAll("[data-resend]")) {
    const line = document.getElementById("resend-wait");
    const words = line.querySelector("[data-seconds]");
    const pattern = words.textContent;
    const shown = words.dataset.seconds;
    const end = performance.now() + Number(button.dataset.resend) * 1000;
    const timer = setInterval(() => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) {
        words.textContent = pattern.replace(shown, String(left));
        return;
      }
      clearInterval(timer);
      button.disabled = false;
      words.textContent = line.dataset.ready;
    }, 250);
  }

  // Count down to the end of a trial of settings.
  for (const left of document.querySelectorAll("[data-until]")) {
    const end = Date.parse(left.dataset.until);
    const show = () => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds === 0) clearInterval(timer);
    };
    const timer = setInterval(show, 1000);
    show();
    left.hidden = false;
  }

  // Copy backup codes, or print them.
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const codes = [...document.querySelectorAll(`#${button.dataset.copy} li`)].map((item) => item.textContent.trim());
      try {
        await navigator.clipboard.writeText(codes.join("\n"));
        document.querySelector("[data-copy-line]").textContent = button.dataset.copied;
      } catch {
        getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      }
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // A provider's form takes the choice to be kept signed in along, from the box of the form above it.
  for (const form of document.querySelectorAll("[data-keep]")) {
    const box = document.getElementById(form.dataset.keep);
    if (box) form.addEventListener("submit", () => (form.elements.keep.value = box.checked ? "1" : "0"));
  }

  // A list narrows itself as one types; the form asks the server for the same.
  for (const input of document.querySelectorAll("[data-filter]")) {
    const rows = [...(document.getElementById(input.dataset.filter)?.children ?? [])];
    const empty = document.querySelector("[data-filter-empty]");
    const narrow = () => {
      const text = plain(input.value.trim());
      for (const row of rows) row.hidden = ![...row.cells].slice(0, -1).some((cell) => plain(cell.textContent).includes(text));
      if (empty) empty.hidden = rows.some((row) => !row.hidden);
    };
    input.addEventListener("input", narrow);
  }

  // A form is sent once, however often the button is pressed; coming back to the page opens it again.
  const busy = new Set();
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (busy.has(event.target)) {
      event.preventDefault();
      return;
    }
    busy.add(event.target);
    event.submitter?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of busy) form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    busy.clear();
  });
})();
