// j and k move along the deals of the desk; Enter is the link's own. Without this file Tab does the same.
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !["j", "k"].includes(event.key)) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)));
  event.preventDefault();
  rows[next].focus();
});

// A thread looks for what is new while somebody can see it: what it shows counts as read.
setInterval(() => {
  if (document.visibilityState === "visible") document.getElementById("thread")?.dispatchEvent(new Event("refresh"));
}, 20_000);
