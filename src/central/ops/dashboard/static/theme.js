/* Sets the theme before anything is drawn. The button goes through: as the system, light, dark. */
"use strict";
(() => {
  const themes = ["system", "light", "dark"];
  const names = { system: "as the system", light: "light", dark: "dark" };
  const kept = () => {
    try {
      return themes.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "system";
    } catch {
      return "system"; // a browser that keeps nothing
    }
  };
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
    const name = document.getElementById("theme-name");
    if (name) name.textContent = names[theme];
    document.dispatchEvent(new Event("themed"));
  };
  show(kept());
  document.addEventListener("DOMContentLoaded", () => {
    show(kept());
    document.getElementById("theme").addEventListener("click", () => {
      const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
      try {
        localStorage.setItem("theme", next);
      } catch { /* shown all the same */ }
      show(next);
    });
  });
})();
