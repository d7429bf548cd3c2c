// Connecting a store: make a token, and show that the store is being asked.
(function () {
  "use strict";

  function makeToken() {
    const bytes = crypto.getRandomValues(new Uint8Array(24));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    return "sk_live_" + hex.join("");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-generate]");
    if (!button) return;
    const output = document.getElementById(button.dataset.generate);
    output.textContent = makeToken();
    output.parentElement.hidden = false;
    button.textContent = "Generate another";
  });

  const form = document.querySelector("form[data-busy]");
  const submit = form.querySelector("button.primary");
  const label = submit.textContent;
  form.addEventListener("submit", () => {
    submit.textContent = form.dataset.busy;
    submit.setAttribute("aria-disabled", "true");
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // Back from the next page: the form may be sent again.
  window.addEventListener("pageshow", () => {
    submit.textContent = label;
    submit.removeAttribute("aria-disabled");
    delete form.dataset.sent;
  });
})();
