// Fills in the browser's time zone; whoever signs up may change it later.
(function () {
  "use strict";

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.getElementById("id_time_zone").value = zone;
})();
