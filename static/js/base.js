// What every page shares: copying, dismissing messages, closing menus.
(function () {
  "use strict";

  function announce(text) {
    document.getElementById("announcer").textContent = text;
  }

  function copyText(text, source) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Plain http on another machine: no clipboard. Select it, the keyboard copies.
    if (source) window.getSelection().selectAllChildren(source);
    return Promise.reject(new Error("no clipboard"));
  }

  function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const label = button.querySelector("[data-copy-label]") || button;
    const text = button.dataset.copyText || source.textContent.trim();
    copyText(text, source)
      .then(
        () => ["Copied", "done"],
        () => ["Ctrl + C", "selected"],
      )
      .then(([word, state]) => {
        label.textContent = word;
        button.classList.add(state);
        announce(word === "Copied" ? "Copied to the clipboard." : "Selected. Press Ctrl + C to copy.");
        setTimeout(() => {
          label.textContent = "Copy";
          button.classList.remove(state);
        }, 2000);
      });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && button.classList.contains("copy")) copy(button);
    if (button && "dismiss" in button.dataset) button.closest("li").remove();
    for (const menu of document.querySelectorAll("[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A picture that cannot be had leaves its empty frame.
  function dropPicture(image) {
    const frame = document.createElement("span");
    frame.className = image.className;
    image.replaceWith(frame);
  }

  document.addEventListener("error", (event) => {
    if (event.target.matches && event.target.matches("img[loading]")) dropPicture(event.target);
  }, true);
  for (const image of document.querySelectorAll("img[loading]")) {
    if (image.complete && image.currentSrc && !image.naturalWidth) dropPicture(image);
  }

  // A page that refreshes a part of itself, once the session or the object is gone.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answered = new URL(event.detail.xhr.responseURL || location.href);
    const asked = new URL(event.detail.pathInfo.requestPath, location.href);
    if (event.detail.xhr.status < 400 && answered.pathname === asked.pathname) return;
    if (event.detail.xhr.status >= 500) return;
    event.detail.shouldSwap = false;
    location.reload();
  });

  // The tab of the page we are on, when the row of tabs is wider than the screen.
  const tab = document.querySelector(".tabs [aria-current]");
  if (tab) tab.scrollIntoView({ block: "nearest", inline: "center" });
})();
