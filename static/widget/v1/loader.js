// HiWelink's chat button on a shop's page. It opens a frame of HiWelink's own on the
// first click; page and chat know nothing of each other but messages, each under the
// key `hiwelink`.
(function () {
  "use strict";

  const script = document.currentScript;
  const bot = script && script.dataset.chatbot;
  if (!bot) return;
  const origin = new URL(script.src).origin;
  const base = `${origin}/widget/v1/${bot}/`;
  const phone = matchMedia("(max-width: 480px), (max-height: 520px)");
  let look, root, button, frame, isOpen, isReady, byShopper;

  // Storage may be off; what is remembered then lasts as long as the page.
  function remember(key, value) {
    try {
      const store = key === "open" ? sessionStorage : localStorage;
      const name = `hiwelink.${bot}.${key}`;
      if (value === undefined) return store.getItem(name);
      if (value) store.setItem(name, value);
      else store.removeItem(name);
    } catch {
      return null;
    }
  }

  function style(element, rules) {
    Object.assign(element.style, rules);
    return element;
  }

  function make(tag, rules) {
    return style(document.createElement(tag), rules);
  }

  function send(message) {
    frame.contentWindow.postMessage({ hiwelink: message }, origin);
  }

  function place() {
    const full = phone.matches;
    style(frame, {
      inset: full ? 0 : "auto",
      bottom: full ? 0 : "88px",
      [look.position]: full ? 0 : "20px",
      width: full ? "100%" : "384px",
      height: full ? "100%" : "min(640px, calc(100vh - 108px))",
      borderRadius: full ? 0 : "16px",
    });
  }

  // The frame is seen once it can be used: a slow one hides nothing of the shop.
  function draw() {
    frame.style.visibility = isOpen && isReady ? "visible" : "hidden";
    button.style.opacity = isOpen && !isReady ? 0.6 : 1;
  }

  function toggle(value) {
    isOpen = value;
    button.setAttribute("aria-expanded", isOpen);
    remember("open", isOpen ? "yes" : "");
    if (!frame) {
      frame = make("iframe", {
        position: "fixed",
        border: 0,
        colorScheme: "light dark",
        boxShadow: "0 12px 48px #0003, 0 0 0 1px #0000001a",
      });
      frame.src = base;
      frame.title = look.name;
      place();
      phone.addEventListener("change", place);
      root.append(frame);
    }
    draw();
    if (!isOpen) button.focus();
    else if (isReady) send({ type: "focus" });
  }

  function visit(url) {
    if (!/^https?:\/\//i.test(url)) return;
    if (phone.matches) remember("open", "");
    location.assign(url);
  }

  addEventListener("message", (event) => {
    if (event.origin !== origin || !frame || event.source !== frame.contentWindow) return;
    const { type, id, url } = (event.data && event.data.hiwelink) || {};
    if (type === "ready") {
      isReady = true;
      draw();
      send({ type: "start", conversation: remember("conversation"), focus: byShopper });
    }
    if (type === "conversation") remember("conversation", id || "");
    if (type === "close") toggle(false);
    if (type === "visit") visit(url);
  });

  function show(told) {
    if (!document.body) return addEventListener("DOMContentLoaded", () => show(told));
    if (document.querySelector("hiwelink-chat")) return;
    look = told;
    // A root of its own: the shop's style sheet ends there.
    const host = make("hiwelink-chat", { all: "initial", position: "fixed", zIndex: 2147483647 });
    root = host.attachShadow({ mode: "open" });
    button = make("button", {
      position: "fixed",
      bottom: "20px",
      [look.position]: "20px",
      width: "56px",
      height: "56px",
      padding: "16px",
      border: 0,
      borderRadius: "50%",
      background: look.color,
      boxShadow: "0 4px 16px #0004",
      cursor: "pointer",
      forcedColorAdjust: "none",
    });
    button.title = "Chat: " + look.name;
    button.append(
      make("div", {
        height: "24px",
        background: look.ink,
        clipPath: "path('M12 2c6 0 10 3.7 10 8.5S18 19 12 19q-1.5 0-3-.3L3.8 22l1-5C3 15.4 2 13 2 10.5 2 5.7 6 2 12 2z')",
      }),
    );
    button.onclick = () => {
      byShopper = true;
      toggle(!isOpen);
    };
    button.setAttribute("aria-expanded", false);
    root.append(button);
    document.body.append(host);
    if (remember("open") && !phone.matches) toggle(true);
  }

  // A page that is not allowed may not even read why: the browser keeps the answer.
  fetch(base + "look")
    .then((answer) => (answer.ok ? answer.json().then(show) : Promise.reject()))
    .catch(() => console.warn(`HiWelink: no chat here. Is it active, and is ${location.origin} among its allowed origins?`));
})();
