// Copies the text of a field. Without it the field itself can be selected and copied.
import { say } from "./app.js";

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    say(button.dataset.copied ?? "");
  } catch {
    // Not allowed here: the text stays selected.
  }
});
