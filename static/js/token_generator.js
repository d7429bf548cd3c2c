// A button with data-generate="id" writes a new token into that element. The token is
// made here, of the browser's secure random numbers, and sent nowhere.
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
})();
