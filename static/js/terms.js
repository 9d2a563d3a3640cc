// Marks the terms of a counter-offer that differ from what lies on the table, as they are typed. The server does the
// same when it is asked for a preview.
const form = document.querySelector("[data-terms]");
const first = new Map();
const read = (term) =>
  [...term.querySelectorAll("[name^='terms.']")]
    .map((field) => (field.type === "checkbox" ? field.name + field.value + field.checked : field.value.trim()))
    .join("|");

function mark(term) {
  const changed = read(term) !== first.get(term);
  if (term.classList.contains("changed") === changed) return;
  term.classList.toggle("changed", changed);
  term.querySelector(".term-changed")?.remove();
  if (!changed) return;
  const note = document.createElement("p");
  note.className = "small term-changed";
  note.textContent = form.dataset.terms;
  term.append(note);
  const unlock = term.querySelector("details.unlock");
  if (unlock) unlock.open = true;
}

for (const term of form?.querySelectorAll("[data-term]") ?? []) {
  if (!term.classList.contains("changed")) first.set(term, read(term));
  term.addEventListener("input", () => first.has(term) && mark(term));
  term.addEventListener("change", () => first.has(term) && mark(term));
}
