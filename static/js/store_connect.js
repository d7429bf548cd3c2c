// Connecting a store: show that it is being asked, and ask it once.
(function () {
  "use strict";

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
