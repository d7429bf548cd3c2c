// The chat inside its frame. Everything a shop or a model wrote is shown as text.
(function () {
  "use strict";

  const body = document.body;
  const log = document.getElementById("log");
  const form = document.getElementById("ask");
  const field = document.getElementById("message");
  const send = document.getElementById("send");
  const room = document.getElementById("room");
  const spoken = document.getElementById("spoken");
  const suggestions = document.getElementById("suggestions");
  const api = "/api/chatbot/" + body.dataset.chatbot + "/";
  const isPreview = "preview" in body.dataset;
  const hasShop = window.parent !== window && !isPreview;
  const OFFLINE = "The connection was lost. Check it, then try again.";
  const BROKEN = "I cannot answer right now. Please try again in a moment.";
  // The server answers or gives up within 10 s; after this the line itself is dead.
  const SILENCE_MS = 30_000;
  const RESTORE_MS = 5_000;

  let conversation = null;
  let shop = "*"; // the origin of the shop's page, once it has spoken
  let restored = null; // settled once what was said before is shown
  let asking = null;
  let asked = null; // the question that was asked last
  let isFollowing = true; // until the shopper scrolls

  // --- The shop's page -----------------------------------------------------------------

  function tell(message) {
    if (hasShop) parent.postMessage({ hiwelink: message }, shop);
  }

  addEventListener("message", (event) => {
    if (!hasShop || event.source !== parent) return;
    const message = event.data && event.data.hiwelink;
    if (!message) return;
    if (message.type === "start" && shop === "*") {
      shop = event.origin;
      conversation = message.conversation || null;
      if (conversation) restored = restore(conversation);
    }
    if (message.type === "focus" || message.focus) field.focus();
  });

  function keep(id) {
    if (conversation === id) return;
    conversation = id;
    tell({ type: "conversation", id: id });
  }

  // --- What is shown -------------------------------------------------------------------

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  function icon(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    shape.setAttribute("d", path);
    svg.append(shape);
    return svg;
  }

  // To the end, but never past the beginning of the question being answered.
  function scroll() {
    if (!isFollowing) return;
    const end = log.scrollHeight - log.clientHeight;
    const top = asked ? asked.offsetTop - log.offsetTop - 12 : end;
    log.scrollTop = Math.min(end, top);
  }

  for (const act of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    log.addEventListener(act, () => (isFollowing = false), { passive: true });
  }

  function addMessage(role, text) {
    const bubble = make("div", { class: "bubble", dir: "auto" });
    const who = role === "shopper" ? "You:" : "Answer:";
    const message = make("article", { class: role }, make("h2", { class: "unseen" }, who), bubble);
    write(bubble, text || "");
    log.append(message);
    scroll();
    return { message, bubble };
  }

  // Text, with the web addresses in it as links.
  function write(bubble, text) {
    bubble.replaceChildren();
    let at = 0;
    for (const found of text.matchAll(/https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?]/g)) {
      bubble.append(text.slice(at, found.index), link(found[0], found[0]));
      at = found.index + found[0].length;
    }
    bubble.append(text.slice(at));
  }

  function link(url, ...children) {
    const anchor = make(
      "a",
      { href: url, target: isPreview ? "_blank" : "_top", rel: "noopener" },
      ...children,
    );
    anchor.addEventListener("click", (event) => {
      const isPlain = !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey;
      if (!hasShop || shop === "*" || !isPlain) return;
      event.preventDefault();
      tell({ type: "visit", url: url });
    });
    return anchor;
  }

  function money(card) {
    if (card.price === null) return "";
    if (!card.currency) return card.price;
    try {
      const format = new Intl.NumberFormat(undefined, { style: "currency", currency: card.currency });
      return format.format(card.price);
    } catch {
      return card.price + " " + card.currency;
    }
  }

  function isWeb(url) {
    return /^https?:\/\//i.test(url || "");
  }

  function addCards(message, cards) {
    if (!cards.length) return;
    const list = make("ul", { class: "cards", "aria-label": "Products" });
    list.append(...cards.map(cardOf));
    message.append(list);
    scroll();
  }

  function cardOf(card) {
    const picture = make("span", { class: "picture" });
    if (isWeb(card.image)) {
      const image = make("img", {
        src: card.image,
        alt: "",
        loading: "lazy",
        referrerpolicy: "no-referrer",
        width: "72",
        height: "72",
      });
      image.addEventListener("error", () => image.remove());
      picture.append(image);
    }
    const facts = make("p", { class: "facts" });
    const price = money(card);
    if (price) facts.append(make("strong", { dir: "auto" }, price));
    if (card.stock_status) {
      const isIn = card.stock_status === "in_stock";
      const word = isIn ? "In stock" : "Out of stock";
      facts.append(make("span", { class: isIn ? "in" : "out" }, word));
    }
    const about = make("div", { class: "about", dir: "auto" }, make("h3", {}, card.name), facts);
    if (isWeb(card.url)) {
      const name = make("span", { class: "unseen" }, ": " + card.name);
      about.append(link(card.url, "View Product", name));
    }
    return make("li", {}, picture, about);
  }

  function addThumbs(message, id, rating) {
    const row = make("div", { class: "thumbs" });
    const up = "M7 11v9H4v-9zm3 9h7l2-7v-3h-6l1-5-2-1-4 6v8z";
    const down = "M7 13V4H4v9zm3-9h7l2 7v3h-6l1 5-2 1-4-6V6z";
    for (const [value, label, path] of [
      ["up", "This helped", up],
      ["down", "This did not help", down],
    ]) {
      const button = make("button", { type: "button", title: label, "aria-label": label }, icon(path));
      button.setAttribute("aria-pressed", String(value === rating));
      button.addEventListener("click", () => rate(row, button, id, value));
      row.append(button);
    }
    message.append(row);
  }

  async function rate(row, button, id, value) {
    try {
      const answer = await post("messages/" + id + "/feedback", { rating: value });
      if (!answer.ok) return;
    } catch {
      return;
    }
    for (const other of row.children) other.setAttribute("aria-pressed", String(other === button));
    spoken.textContent = "Thank you for telling us.";
  }

  function addFailure(text, question) {
    const retry = make("button", { type: "button" }, "Try again");
    const failure = make("div", { class: "failure" }, make("p", {}, text), retry);
    retry.addEventListener("click", () => {
      failure.remove();
      ask(question, false);
    });
    log.append(failure);
    spoken.textContent = text;
    scroll();
  }

  // --- Asking --------------------------------------------------------------------------

  function post(path, data, options) {
    return fetch(api + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify(data),
      credentials: "omit",
      ...options,
    });
  }

  // Ends `line` when nothing has come for too long; called again with each piece.
  function wait(line) {
    clearTimeout(line.timer);
    line.timer = setTimeout(() => line.abort(), SILENCE_MS);
  }

  async function ask(question, isNew) {
    if (asking) return;
    const line = (asking = new AbortController());
    send.disabled = true;
    suggestions.hidden = true;
    isFollowing = true;
    await restored; // first what was said before, then the new question
    if (asking !== line) return;
    if (isNew !== false) asked = addMessage("shopper", question).message;
    const { message, bubble } = addMessage("assistant");
    bubble.classList.add("waiting");
    bubble.append(make("span", { class: "unseen" }, "Writing…"), make("i", {}), make("i", {}), make("i", {}));
    const state = { text: "", products: 0, done: false, failed: "" };
    try {
      wait(line);
      const answer = await post(
        "messages",
        conversation ? { message: question, conversation } : { message: question },
        { signal: line.signal },
      );
      if (answer.ok) await follow(answer, line, message, bubble, state);
      else state.failed = await reasonOf(answer);
    } catch {
      state.failed = OFFLINE;
    }
    clearTimeout(line.timer);
    if (asking !== line) return; // a new conversation was begun meanwhile
    asking = null;
    send.disabled = false;
    bubble.classList.remove("waiting");
    if (state.done) {
      spoken.textContent = state.text + (state.products ? " Products shown: " + state.products : "");
      return;
    }
    if (!state.text) message.remove();
    addFailure(state.failed || OFFLINE, question);
  }

  // The server's own sentence; a proxy in front of it may answer with anything.
  async function reasonOf(answer) {
    try {
      return (await answer.json()).detail || BROKEN;
    } catch {
      return BROKEN;
    }
  }

  // Reads the stream of events; what came before it broke stays on the screen.
  async function follow(answer, line, message, bubble, state) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      wait(line);
      buffer += value;
      const events = buffer.split("\n\n");
      buffer = events.pop();
      for (const event of events) take(event, message, bubble, state);
    }
  }

  function take(event, message, bubble, state) {
    const name = /^event: (.*)$/m.exec(event);
    const line = /^data: (.*)$/m.exec(event);
    if (!name || !line) return;
    const data = JSON.parse(line[1]);
    if (name[1] === "token") {
      bubble.classList.remove("waiting");
      state.text += data.text;
      write(bubble, state.text);
      scroll();
    } else if (name[1] === "products") {
      state.products = data.products.length;
      addCards(message, data.products);
    } else if (name[1] === "done") {
      state.done = true;
      keep(data.conversation);
      addThumbs(message, data.message_id, null);
      scroll();
    } else if (name[1] === "error") {
      state.failed = data.detail;
    }
  }

  // --- A conversation: begun, restored, renewed ------------------------------------------

  function begin() {
    log.replaceChildren();
    asked = null;
    suggestions.hidden = !suggestions.children.length;
    addMessage("assistant", body.dataset.greeting);
  }

  async function restore(id) {
    let talk;
    try {
      const answer = await fetch(api + "conversations/" + encodeURIComponent(id), {
        credentials: "omit",
        signal: AbortSignal.timeout(RESTORE_MS),
      });
      if (answer.status === 404) return keep(null);
      if (!answer.ok) return;
      talk = await answer.json();
    } catch {
      return; // it goes on all the same, and is shown again on the next page
    }
    if (conversation !== id) return; // a new one was begun meanwhile
    suggestions.hidden = true;
    for (const told of talk.messages) {
      const { message } = addMessage(told.role, told.text);
      addCards(message, told.products);
      if (told.role === "assistant") addThumbs(message, told.id, told.rating);
    }
    scroll();
  }

  document.getElementById("renew").addEventListener("click", () => {
    if (asking) asking.abort();
    asking = null;
    send.disabled = false;
    keep(null);
    begin();
    field.focus();
  });

  // --- Writing -------------------------------------------------------------------------

  function fit() {
    field.style.height = "auto";
    field.style.height = Math.min(field.scrollHeight, 120) + "px";
    const left = field.maxLength - field.value.length;
    room.hidden = left > 100;
    room.textContent = left + " characters left";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (!question || asking) return;
    field.value = "";
    fit();
    ask(question);
  });

  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  suggestions.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    ask(button.textContent);
    field.focus();
  });

  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) tell({ type: "close" });
  });
  const close = document.getElementById("close");
  close.hidden = !hasShop;
  close.addEventListener("click", () => tell({ type: "close" }));

  document.documentElement.style.setProperty("--accent", body.dataset.color);
  document.documentElement.style.setProperty("--on-accent", body.dataset.ink);
  begin();
  tell({ type: "ready" });
})();
