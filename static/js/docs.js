// The documentation page: tabs of code, the current section, search.
(function () {
  "use strict";

  const CHOICE = "hiwelink-docs-tab";

  function remember(key) {
    try {
      localStorage.setItem(CHOICE, key);
    } catch {
      // Storage may be off; the choice then lasts as long as the page.
    }
  }

  function remembered() {
    try {
      return localStorage.getItem(CHOICE);
    } catch {
      return null;
    }
  }

  // --- Tabs: every group shows the framework last chosen -----------------------------

  const groups = Array.from(document.querySelectorAll("[data-tabset]"), makeTabs);

  function makeTabs(box) {
    const panels = Array.from(box.querySelectorAll(":scope > [data-tab]"));
    const row = document.createElement("div");
    row.className = "tab-row";
    row.setAttribute("role", "tablist");
    row.setAttribute("aria-label", "Framework");
    const buttons = panels.map((panel) => {
      const button = document.createElement("button");
      button.type = "button";
      button.id = panel.id + "-tab";
      button.textContent = panel.querySelector("[data-tab-title]").textContent;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", panel.id);
      button.addEventListener("click", () => choose(panel.dataset.tab, box));
      panel.setAttribute("role", "tabpanel");
      panel.removeAttribute("aria-label");
      panel.setAttribute("aria-labelledby", button.id);
      row.append(button);
      return button;
    });
    row.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1 };
      if (!(event.key in steps)) return;
      const at = buttons.indexOf(document.activeElement);
      const next = (at + steps[event.key] + buttons.length) % buttons.length;
      choose(panels[next].dataset.tab, box);
      buttons[next].focus();
    });
    box.classList.add("made");
    box.prepend(row);
    return { panels, buttons };
  }

  function show(key) {
    for (const { panels, buttons } of groups) {
      panels.forEach((panel, index) => {
        const chosen = panel.dataset.tab === key;
        panel.hidden = !chosen;
        buttons[index].setAttribute("aria-selected", String(chosen));
        buttons[index].tabIndex = chosen ? 0 : -1;
      });
    }
  }

  // Groups above may grow or shrink: the one clicked stays where it is on the screen.
  function choose(key, box) {
    const before = box.getBoundingClientRect().top;
    show(key);
    window.scrollBy(0, box.getBoundingClientRect().top - before);
    remember(key);
  }

  const keys = groups.length ? groups[0].panels.map((panel) => panel.dataset.tab) : [];
  show(keys.includes(remembered()) ? remembered() : keys[0]);

  // --- Contents ----------------------------------------------------------------------

  const toc = document.querySelector(".docs-toc");
  if (matchMedia("(max-width: 60rem)").matches) toc.open = false;
  toc.classList.add("made"); // until then docs.css keeps it folded there
  const entries = new Map();
  for (const link of toc.querySelectorAll("nav a")) {
    entries.set(document.getElementById(link.hash.slice(1)), link);
  }
  const watcher = new IntersectionObserver(
    (seen) => {
      const top = seen.find((entry) => entry.isIntersecting);
      if (!top) return;
      for (const [section, link] of entries) {
        if (section === top.target) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-10% 0px -75% 0px" },
  );
  for (const section of entries.keys()) watcher.observe(section);

  // A link to something folded or in another tab opens it first.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const fold = target.closest("details");
    const panel = target.closest("[data-tab]");
    if (fold) fold.open = true;
    if (panel && panel.hidden) show(panel.dataset.tab);
    if (fold || panel) target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);

  // Paper cannot be unfolded.
  const folds = Array.from(document.querySelectorAll("details.fold"));
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = folds.filter((fold) => !fold.open);
    for (const fold of unfolded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of unfolded) fold.open = false;
  });
  reveal();

  // --- Search: the sections that hold every word, and the words marked -----------------

  const box = document.getElementById("docs-search");
  const found = document.getElementById("docs-found");
  const texts = new Map(
    Array.from(entries.keys(), (section) => [section, section.textContent.toLowerCase()]),
  );

  function search() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let hits = 0;
    for (const [section, link] of entries) {
      const fits = words.every((word) => texts.get(section).includes(word));
      link.parentElement.hidden = !fits;
      hits += fits;
    }
    for (const fold of words.length ? folds : []) {
      const text = fold.textContent.toLowerCase();
      fold.open = words.every((word) => text.includes(word));
    }
    found.hidden = !words.length;
    found.textContent = hits === 1 ? "1 section" : hits + " sections";
    mark(words.filter((word) => word.length > 1));
  }

  function mark(words) {
    if (!window.Highlight) return;
    const ranges = [];
    for (const [section, link] of entries) {
      if (link.parentElement.hidden || !words.length) continue;
      const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) ranges.push(...rangesIn(walker.currentNode, words));
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  function rangesIn(node, words) {
    const text = node.data.toLowerCase();
    const ranges = [];
    for (const word of words) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + word.length);
        ranges.push(range);
      }
    }
    return ranges;
  }

  box.addEventListener("input", search);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const first = toc.querySelector("nav li:not([hidden]) a");
    if (first) first.click();
  });
})();
