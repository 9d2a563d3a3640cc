// Copies the text of a field. Without it the field itself can be selected and copied.

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    const live = document.getElementById("live"); // what a screen reader is told
    if (live) live.textContent = button.dataset.copied ?? "";
  } catch {
    // Not allowed here: the text stays selected.
  }
});
