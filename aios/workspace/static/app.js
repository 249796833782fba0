// The workspace's own script: a pulse while the page is visible, times that stay true, the queue's keys, file drop.
"use strict";
(() => {
  const PULSE = 4000;
  const tick = () => { if (!document.hidden) document.body.dispatchEvent(new CustomEvent("tick")); };
  setInterval(tick, PULSE);
  document.addEventListener("visibilitychange", tick);

  // times: <time datetime data-since> says how long ago, and keeps saying it
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  const since = (seconds) => {
    for (const [unit, size] of units) {
      if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    }
    return seconds > 0 ? `in ${Math.ceil(seconds)} s` : "just now";
  };
  // the server's clock decides; the browser's only counts on from it
  const skew = () => Date.parse(document.documentElement.dataset.now) - loaded;
  const loaded = Date.now();
  const tell = () => {
    const now = Date.now() + skew();
    for (const time of document.querySelectorAll("time[data-since]")) {
      const at = Date.parse(time.dateTime);
      time.textContent = since((at - now) / 1000);
      if (time.dataset.until && at <= now) document.body.dispatchEvent(new CustomEvent("changed"));
      if (time.dataset.until && at <= now) delete time.dataset.until;
    }
  };
  setInterval(() => { if (!document.hidden) tell(); }, 1000);
  document.addEventListener("htmx:after:swap", tell);
  tell();

  // keys of the queue
  const busy = (target) => target.closest("input, textarea, select, dialog[open]") !== null;
  const move = (by) => {
    const links = [...document.querySelectorAll("[data-queue] a")];
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
    if (next && !(next.hasAttribute("aria-current") && at >= 0)) next.click();
  };
  const act = (name) => {
    const part = document.querySelector(`[data-answer="${name}"]`);
    if (!part) return;
    if (part.tagName === "FORM") { part.requestSubmit(); return; }
    part.open = true;
    (part.querySelector("textarea") ?? part.querySelector("input:not([type=hidden]), select"))?.focus({ preventScroll: true });
  };
  const answers = { a: "approve", e: "edit", r: "reject", v: "revise", s: "snooze" };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("[data-answer][open], .bottom details[open]")) open.open = false;
      document.activeElement?.blur();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.target.form?.requestSubmit(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || busy(event.target)) return;
    const help = document.querySelector("dialog[data-help]");
    if (event.key === "?" && help) { event.preventDefault(); help.showModal(); return; }
    if (!document.querySelector("[data-queue]")) return;
    if (event.key === "j" || event.key === "k") { event.preventDefault(); move(event.key === "j" ? 1 : -1); }
    if (answers[event.key]) { event.preventDefault(); act(answers[event.key]); }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-help]");
    if (opener) document.querySelector("dialog[data-help]")?.showModal();
    for (const menu of document.querySelectorAll(".bottom details[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // a form is sent once, and a dangerous one asks first
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) { event.preventDefault(); return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

  // drop files
  const upload = (zone) => zone.requestSubmit();
  document.addEventListener("dragover", (event) => {
    const zone = event.target.closest("[data-drop]");
    if (zone) { event.preventDefault(); zone.classList.add("over"); }
  });
  document.addEventListener("dragleave", (event) => event.target.closest("[data-drop]")?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    const zone = event.target.closest("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("over");
    zone.querySelector("input[type=file]").files = event.dataTransfer.files;
    upload(zone);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-drop] input[type=file]") && event.target.files.length) upload(event.target.closest("[data-drop]"));
    if (event.target.matches("select[data-now]")) event.target.form.requestSubmit();
  });
})();
