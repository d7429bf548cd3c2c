// A chat that is switched off, in a page that was opened before: it can be closed.
(function () {
  "use strict";

  if (window.parent === window) return;
  const tell = (type) => parent.postMessage({ hiwelink: { type: type } }, "*");
  const close = document.getElementById("close");
  close.hidden = false;
  close.addEventListener("click", () => tell("close"));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") tell("close");
  });
  tell("ready");
})();
