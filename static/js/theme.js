// Runs before the first paint: the visitor's own choice of light or dark, and the word that JavaScript is here.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage may be off; the system's preference stays.
  }
})();
