// Follows an English auction: the places marked data-live-* take what the stream tells. Without it the page still works.
const box = document.querySelector("[data-live]");
if (box && "EventSource" in window) {
  const lang = document.documentElement.lang === "en" ? "en-GB" : "vi-VN";
  const money = (n) => `${new Intl.NumberFormat(lang, { maximumFractionDigits: 0 }).format(n)}\u00a0₫`;
  const moment = (iso) => {
    const o = { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit", year: "numeric", hourCycle: "h23" };
    const p = Object.fromEntries(new Intl.DateTimeFormat("en-GB", o).formatToParts(new Date(iso)).map((x) => [x.type, x.value]));
    return `${p.hour}:${p.minute} ${p.day}/${p.month}/${p.year}`;
  };
  const put = (name, text) => box.querySelectorAll(`[data-live-${name}]`).forEach((e) => { e.textContent = text; });
  const show = (name) => box.querySelectorAll(`[data-live-${name}]`).forEach((e) => { e.hidden = false; });
  let seq = Number(box.dataset.liveSeq);
  const stream = new EventSource(box.dataset.live);
  stream.addEventListener("state", (event) => {
    const now = JSON.parse(event.data);
    if (now.status !== box.dataset.liveStatus) {
      show("over");
      stream.close();
    }
    put("ends", moment(now.ends_at));
    if (now.seq <= seq) return;
    seq = now.seq;
    put("price", money(now.price));
    put("leader", String(now.number));
    show("leader-line");
    put("least", money(now.least));
    const said = box.querySelector("[data-live-said]");
    said.textContent = said.dataset.said.replace("{price}", money(now.price)).replace("{number}", now.number);
    const field = document.querySelector("input[name=amount][data-amount]");
    if (field && field !== document.activeElement && Number(field.value.replace(/\D/g, "")) < now.least) field.value = String(now.least);
  });
}
