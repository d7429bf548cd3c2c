// The doctor's wait: counts the seconds, says when the check itself failed, and leads
// to the report. On both pages the report's place has the id "doctor".
(function () {
  "use strict";

  const wait = document.getElementById("doctor-wait");
  const failed = document.getElementById("doctor-failed");
  const clock = wait.querySelector("[data-seconds]");
  const place = document.getElementById("doctor");
  let timer = 0;

  function isOurs(event) {
    return event.detail.target === place;
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event)) return;
    const began = Date.now();
    const tick = () => {
      clock.textContent = Math.round((Date.now() - began) / 1000) + " s so far.";
    };
    tick();
    timer = setInterval(tick, 1000);
    place.replaceChildren();
    failed.hidden = true;
    wait.hidden = false;
    wait.scrollIntoView({ block: "nearest" });
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event)) return;
    clearInterval(timer);
    wait.hidden = true;
    failed.hidden = event.detail.successful;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (!isOurs(event)) return;
    const title = document.getElementById("report-title");
    if (title) title.focus();
    place.scrollIntoView({ block: "start" });
  });
})();
