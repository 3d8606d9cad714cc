// Progressive enhancement of forms. Every form works without this file.
(function () {
  "use strict";

  // A second click on « Envoyer » sends nothing more; the button comes back if the browser returns to the page.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) {
      return;
    }
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    // A refused answer (file too large, lost network) must not leave the form locked.
    window.setTimeout(function () {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }, 8000);
  });

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  // Escape or a click elsewhere closes an open menu.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.account-menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") {
      return;
    }
    document.querySelectorAll("details.account-menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // The summary of errors is where reading starts again after a refused form.
  var summary = document.querySelector(".errors-summary");
  if (summary) {
    summary.focus();
  }
})();
