// Suggestions beneath a search field, after the ARIA combobox pattern: the field keeps the focus, arrows choose,
// Enter follows, Escape closes. Without this file the field is a plain search.
const WAIT = 120;
const FEWEST = 2;
const known = new Map();

async function fetched(address, signal) {
  if (known.has(address)) return known.get(address);
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (!answer.ok) return "";
  const html = await answer.text();
  if (known.size > 60) known.clear();
  known.set(address, html);
  return html;
}

function say(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

function combobox(input, number) {
  const list = document.createElement("div");
  list.className = "suggest";
  list.id = `suggest-${number}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.suggestLabel ?? "");
  list.hidden = true;
  input.form.classList.add("has-suggest");
  input.form.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.autocomplete = "off";
  let options = [];
  let active = -1;
  let timer = 0;
  let asking = null;
  let asked = "";

  function close() {
    clearTimeout(timer);
    asking?.abort();
    asked = "";
    list.hidden = true;
    list.replaceChildren();
    options = [];
    choose(-1);
    input.setAttribute("aria-expanded", "false");
  }

  function choose(index) {
    options[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = options[active];
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  async function ask() {
    const text = input.value.trim();
    if (text === asked && !list.hidden) return;
    if (text.length < FEWEST) {
      close();
      return;
    }
    asking?.abort();
    asking = new AbortController();
    asked = text;
    try {
      const html = await fetched(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, asking.signal);
      if (text !== input.value.trim() || document.activeElement !== input) return;
      // Our own page's markup, escaped by the server; parsed apart, so that nothing in it could run.
      const parsed = new DOMParser().parseFromString(html, "text/html");
      const found = parsed.querySelector("[data-said]");
      list.replaceChildren(...(found ? [...found.childNodes] : []));
      options = [...list.querySelectorAll('[role="option"]')];
      list.style.top = `${input.offsetTop + input.offsetHeight + 4}px`;
      list.hidden = !options.length;
      input.setAttribute("aria-expanded", String(options.length > 0));
      choose(-1);
      say(found?.dataset.said ?? "");
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      if (list.hidden) {
        if (event.key === "ArrowDown") ask();
      } else {
        // One place more than there are options: the field itself, with what was typed.
        const places = options.length + 1;
        choose(((active + 1 + step + places) % places) - 1);
      }
      event.preventDefault();
    } else if (event.key === "Escape" && !list.hidden) {
      close();
      event.preventDefault();
    } else if (event.key === "Enter" && options[active]) {
      event.preventDefault();
      location.assign(options[active].dataset.url);
    } else if (event.key === "Tab") {
      close();
    }
  });
  // Before the field loses the focus, so that the press still lands on what was shown.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) location.assign(option.dataset.url);
  });
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
}

document.querySelectorAll("input[data-suggest]").forEach(combobox);
