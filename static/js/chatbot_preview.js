// The preview follows the form: it is a frame of our own origin, so its page is in reach.
(function () {
  "use strict";

  const form = document.getElementById("chatbot-form");
  const frame = document.getElementById("preview-frame");
  const button = document.getElementById("preview-button");
  if (!form || !frame) return;

  function value(name) {
    return form.elements[name].value.trim();
  }

  // White or black, whichever stands out more (WCAG 2.2); see chatbot/widget/looks.py.
  function inkOn(color) {
    const [red, green, blue] = [1, 3, 5]
      .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
  }

  function drawQuestions(page) {
    const list = page.getElementById("suggestions");
    const lines = form.elements.suggested_questions.value.split("\n");
    const asked = lines.map((line) => line.trim()).filter(Boolean);
    list.replaceChildren(
      ...asked.map((question) => {
        const item = page.createElement("li");
        const choice = page.createElement("button");
        choice.type = "button";
        choice.dir = "auto";
        choice.textContent = question;
        item.append(choice);
        return item;
      }),
    );
    const isTalking = Boolean(page.querySelector("article.shopper"));
    list.hidden = isTalking || !asked.length;
  }

  function draw() {
    const page = frame.contentDocument;
    if (!page || !page.getElementById("suggestions")) return;
    const color = value("accent_color");
    page.querySelector("header h1").textContent = value("name");
    const greeting = value("greeting") || form.elements.greeting.placeholder;
    page.body.dataset.greeting = greeting;
    const first = page.querySelector("#log > article.assistant:first-child .bubble");
    if (first) first.textContent = greeting;
    page.documentElement.style.setProperty("--accent", color);
    page.documentElement.style.setProperty("--on-accent", inkOn(color));
    button.querySelector("circle").setAttribute("fill", color);
    button.querySelector("path").setAttribute("fill", inkOn(color));
    button.dataset.position = value("position");
    drawQuestions(page);
  }

  form.addEventListener("input", draw);
  frame.addEventListener("load", draw);
  draw();
})();
