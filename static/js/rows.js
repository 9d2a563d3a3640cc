// Adds an empty row to a repeating group without a round trip. Without it the same button asks the server.
for (const button of document.querySelectorAll("[data-rows-add]")) {
  button.addEventListener("click", (event) => {
    const group = button.closest("[data-rows]");
    const rows = group?.querySelectorAll("[data-row]");
    if (!rows?.length) return;
    event.preventDefault();
    const copy = rows[rows.length - 1].cloneNode(true);
    const number = rows.length;
    for (const element of copy.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
      for (const attribute of ["name", "id", "for", "aria-describedby"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace(/([.-])\d+([.-])/, `$1${number}$2`));
      }
      if (element.matches("input:not([type=checkbox]):not([type=radio]), textarea")) element.value = "";
      if (element.matches("select")) element.selectedIndex = 0;
      if (element.matches("[type=checkbox], [type=radio]")) element.checked = false;
    }
    rows[rows.length - 1].after(copy);
    copy.querySelector("input, select, textarea")?.focus();
  });
}
