// A button with data-generate="id" writes a new token into that element. The token is
// made here, of the browser's secure random numbers, and sent nowhere.
(function () {
  "use strict";

  function makeToken() {
    const bytes = crypto.getRandomValues(new Uint8Array(24));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    return "sk_live_" + hex.join("");
  }

  // Wherever the token is spoken of: as it is, or as the password of user hiwelink.
  function fillIn(token) {
    for (const place of document.querySelectorAll("[data-token-as]")) {
      place.textContent =
        place.dataset.tokenAs === "basic" ? btoa("hiwelink:" + token) : token;
    }
    for (const note of document.querySelectorAll("[data-when-generated]")) {
      note.hidden = false;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-generate]");
    if (!button) return;
    const output = document.getElementById(button.dataset.generate);
    output.textContent = makeToken();
    fillIn(output.textContent);
    output.parentElement.hidden = false;
    button.textContent = "Generate another";
  });
})();
