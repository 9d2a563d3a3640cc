// What makes pages quicker to use. Everything here has a plain form or link beneath it and works without this file.

const root = document.documentElement;
const locale = root.lang === "en" ? "en" : "vi";

const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element && event.target.closest(selector);
    if (found) act(found, event);
  });

/** Tell a screen reader, politely. */
export function say(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

// Theme: automatic, light, dark; kept in this browser.
const themes = ["", "light", "dark"];
const themeWords = (root.dataset.themeWords ?? "").split("|");

function showTheme() {
  const word = themeWords[themes.indexOf(root.dataset.theme ?? "")] ?? "";
  for (const place of document.querySelectorAll("[data-theme-word]")) place.textContent = word;
}

on("click", "[data-theme-toggle]", () => {
  const next = themes[(themes.indexOf(root.dataset.theme ?? "") + 1) % themes.length];
  if (next) root.dataset.theme = next;
  else delete root.dataset.theme;
  try {
    if (next) localStorage.setItem("theme", next);
    else localStorage.removeItem("theme");
  } catch {
    // Not kept, still shown.
  }
  showTheme();
  say(themeWords[themes.indexOf(next)]);
});

// Drop-down menus close on Escape and when the eye moves elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target instanceof Element && event.target.closest("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A question before an act that is hard to take back: data-confirm on a form or on its button.
async function confirmed(question) {
  const dialog = document.getElementById("confirm");
  if (!dialog?.showModal) return window.confirm(question);
  dialog.querySelector("#confirm-text").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "yes";
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || form.dataset.sure) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  if (!(await confirmed(question))) return;
  form.dataset.sure = "yes";
  form.requestSubmit(submitter);
  delete form.dataset.sure;
}, true);

// The same dialog for htmx's own hx-confirm.
document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.ctx?.confirm) return;
  event.preventDefault();
  if (await confirmed(event.detail.ctx.confirm)) event.detail.issueRequest();
  else event.detail.dropRequest();
});

// A form is sent once: a second click while it is under way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Amounts: "1.250.000.000", "1,25 tỷ" and "250tr" become whole đồng; what was typed is read back beneath.
const UNITS = [[/^(tỷ|ty|bn|b)$/i, 1e9], [/^(triệu|trieu|tr|m)$/i, 1e6], [/^(nghìn|nghin|ngàn|k)$/i, 1e3]];

export function parseAmount(text) {
  const match = text.trim().replace(/[₫đ]\s*$/, "").trim().match(/^(\d[\d.,\s]*)\s*(\p{L}*)$/u);
  if (!match) return null;
  const digits = match[1].replace(/\s/g, "");
  const unit = match[2] ? UNITS.find(([name]) => name.test(match[2]))?.[1] : 1;
  if (!unit) return null;
  const grouped = /^\d{1,3}([.,]\d{3})+$/.test(digits) && unit === 1;
  const value = grouped ? Number(digits.replace(/[.,]/g, "")) : Number(digits.replace(",", "."));
  const whole = Math.round(value * unit);
  return Number.isSafeInteger(whole) && (unit > 1 || whole === value) ? whole : null;
}

function shortAmount(value) {
  const units = locale === "en" ? [[1e9, "bn"], [1e6, "m"]] : [[1e9, "tỷ"], [1e6, "triệu"]];
  const unit = units.find(([size]) => value >= size);
  return unit && `${(value / unit[0]).toLocaleString(locale, { maximumFractionDigits: 2 })} ${unit[1]} ₫`;
}

function readBack(input) {
  const place = document.getElementById(`${input.id}-read`);
  if (!place) return;
  const value = parseAmount(input.value);
  const currency = input.dataset.amount || "VND";
  const full = value === null ? "" : `${value.toLocaleString(locale)} ${currency === "VND" ? "₫" : currency}`;
  place.textContent = [full, currency === "VND" && value !== null ? shortAmount(value) : ""].filter(Boolean).join(" · ");
}

on("input", "input[data-amount]", readBack);
on("change", "input[data-amount]", (input) => {
  const value = parseAmount(input.value);
  if (value !== null) input.value = String(value);
});

// Saved as you type: the form is posted 1.5 s after a change and whenever the page is left.
function autosave(form) {
  const place = form.querySelector("[data-autosave-status]") ?? document.querySelector("[data-autosave-status]");
  const show = (text) => { if (place) place.textContent = text; };
  let timer = 0;
  let dirty = false;
  const save = async (leaving = false) => {
    clearTimeout(timer);
    if (!dirty) return;
    dirty = false;
    show(place?.dataset.saving ?? "");
    const body = form.enctype === "multipart/form-data" ? new FormData(form) : new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.autosave || form.action, {
        method: "POST", body, keepalive: leaving, headers: { "X-Autosave": "1" },
      });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      // The next save must name the version this one made, or it would look like somebody else's change.
      const version = form.querySelector("[data-version]");
      if (version && answer.headers.get("X-Version")) version.value = answer.headers.get("X-Version");
      const time = new Date().toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hour12: false });
      show(`${place?.dataset.saved ?? ""} ${time}`);
    } catch (error) {
      dirty = true;
      show((error.message === "409" ? place?.dataset.conflict : place?.dataset.failed) ?? place?.dataset.failed ?? "");
    }
  };
  const later = () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => { clearTimeout(timer); dirty = false; });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
}

// Filters and orders apply themselves; not inside the phone's sheet, where several are chosen before applying.
on("change", "form[data-submit-on-change]", (form) => {
  if (!form.closest(":popover-open")) form.requestSubmit();
});

on("click", "[data-print]", () => window.print());
on("click", "[data-dismiss]", (button) => button.closest("[data-dismissible]")?.remove());

function ready() {
  showTheme();
  document.querySelector("[data-focus]")?.focus();
  for (const input of document.querySelectorAll("input[data-amount]")) readBack(input);
  for (const form of document.querySelectorAll("form[data-autosave]")) autosave(form);
  // A GET form does not carry its empty fields into the address.
  document.addEventListener("formdata", (event) => {
    if (event.target.method !== "get") return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}

ready();
