// HiWelink's chat button on a shop's page. It opens a frame of HiWelink's own on the
// first click; the shop's page and the chat see nothing of each other but these
// messages, each under the key `hiwelink`.
(function () {
  "use strict";

  const script = document.currentScript;
  const bot = script && script.dataset.chatbot;
  if (!bot || document.getElementById("hiwelink-chat")) return;
  const origin = new URL(script.src).origin;
  const base = origin + "/widget/v1/" + bot + "/";
  const phone = matchMedia("(max-width: 480px), (max-height: 520px)");
  let button, frame, asked;

  // Storage may be off; the conversation then lasts as long as the page.
  function remember(key, value) {
    try {
      const name = "hiwelink." + bot + "." + key;
      if (value === undefined) return localStorage.getItem(name);
      if (value) localStorage.setItem(name, value);
      else localStorage.removeItem(name);
    } catch {
      return null;
    }
  }

  function style(element, rules) {
    Object.assign(element.style, rules);
  }

  function place() {
    const full = phone.matches;
    style(frame, {
      inset: full ? "0" : "auto",
      bottom: full ? "0" : "88px",
      [side]: full ? "0" : "20px",
      width: full ? "100%" : "384px",
      height: full ? "100%" : "min(640px, calc(100vh - 108px))",
      borderRadius: full ? "0" : "16px",
    });
  }

  // byShopper: by a click, so that the keyboard goes there too.
  function open(byShopper) {
    asked = byShopper;
    const isNew = !frame;
    if (isNew) {
      frame = document.createElement("iframe");
      frame.src = base;
      frame.title = button.title;
      frame.allow = "";
      style(frame, {
        position: "fixed",
        zIndex: "2147483001",
        border: "0",
        background: "transparent",
        colorScheme: "light dark",
        boxShadow: "0 12px 48px #0003, 0 0 0 1px #0000001a",
      });
      place();
      phone.addEventListener("change", place);
      document.body.append(frame);
    }
    frame.style.display = "block";
    button.setAttribute("aria-expanded", "true");
    remember("open", "yes");
    if (byShopper && !isNew) send({ type: "focus" });
  }

  function close() {
    frame.style.display = "none";
    button.setAttribute("aria-expanded", "false");
    remember("open", "");
    button.focus();
  }

  function send(message) {
    if (frame.contentWindow) frame.contentWindow.postMessage({ hiwelink: message }, origin);
  }

  function visit(url) {
    if (!/^https?:\/\//i.test(url)) return;
    if (phone.matches) remember("open", "");
    location.assign(url);
  }

  addEventListener("message", (event) => {
    if (event.origin !== origin || !frame || event.source !== frame.contentWindow) return;
    const message = event.data && event.data.hiwelink;
    if (!message) return;
    if (message.type === "ready") send({ type: "start", conversation: remember("conversation"), focus: asked });
    if (message.type === "conversation") remember("conversation", message.id || "");
    if (message.type === "close") close();
    if (message.type === "visit") visit(String(message.url));
  });

  let side = "right";

  function show(look) {
    if (!document.body) return addEventListener("DOMContentLoaded", () => show(look));
    side = look.position === "left" ? "left" : "right";
    button = document.createElement("button");
    button.id = "hiwelink-chat";
    button.type = "button";
    button.title = look.name;
    button.setAttribute("aria-label", look.name);
    button.setAttribute("aria-expanded", "false");
    style(button, {
      position: "fixed",
      zIndex: "2147483000",
      bottom: "20px",
      [side]: "20px",
      width: "56px",
      height: "56px",
      padding: "0",
      border: "0",
      borderRadius: "50%",
      background: look.color,
      color: look.ink,
      boxShadow: "0 4px 16px #0004",
      cursor: "pointer",
    });
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    style(svg, { width: "28px", height: "28px", margin: "auto", display: "block" });
    path.setAttribute("fill", "currentColor");
    path.setAttribute("d", "M12 3c5.5 0 9 3.4 9 7.7s-3.5 7.7-9 7.7q-1.4 0-2.7-.3L4.5 21l.9-4.4C3.9 15.2 3 13 3 10.7 3 6.4 6.5 3 12 3z");
    svg.append(path);
    button.append(svg);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-expanded") === "true") close();
      else open(true);
    });
    document.body.append(button);
    if (remember("open") && !phone.matches) open();
  }

  // A page that is not allowed may not even read why: the browser keeps the answer.
  fetch(base + "look")
    .then((answer) => (answer.ok ? answer.json().then(show) : Promise.reject()))
    .catch(() => console.warn("HiWelink: no chat here. Is it active, and is " + location.origin + " among its allowed origins?"));
})();
