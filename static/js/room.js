// A document on the screen: asks every five seconds whether it may still be there, and takes it away when not.
// Without this file the next page that is fetched is refused all the same.
const EVERY = 5000;
const view = document.querySelector("[data-room-alive]");

function shut() {
  const words = document.getElementById("room-shut");
  const live = document.getElementById("live");
  for (const image of view.querySelectorAll("img")) image.removeAttribute("src");
  view.replaceChildren(words ? words.content.cloneNode(true) : "");
  if (live && words) live.textContent = view.textContent.trim().replace(/\s+/g, " ");
  clearInterval(timer);
}

async function ask() {
  try {
    const answer = await fetch(view.dataset.roomAlive, { cache: "no-store", redirect: "manual" });
    // Signed out answers with a way to sign in; a closed deal, a revoked grant or an ended agreement with a refusal.
    if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) shut();
  } catch {
    // No connection: the pages stay, none of them can be fetched anew either.
  }
}

let timer = 0;
if (view) {
  timer = setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
}
