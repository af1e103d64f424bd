// Keys that work on every page (layout/words.go lists them for people), dialogs and menus.

const sheetOpen = () => ["#copilot", "#menu"].includes(location.hash) && $(location.hash)?.matches(":target");
const rows = () => $$("[data-keys] .row-link, tbody .row-link").filter((link) => link.checkVisibility());
let afterG = -Infinity; // when g was pressed

function move(by) {
  const all = rows(), here = all.findIndex((link) => link.closest(".row").contains(document.activeElement));
  all[Math.min(Math.max(here + by, 0), all.length - 1)]?.focus();
}

function ask() {
  if (document.body.classList.contains("folded")) fold(false);
  const write = () => ($("#ask textarea") || $("#copilot textarea") || $("#copilot"))?.focus();
  const sheet = $("#copilot") && ($(".copilot-open")?.checkVisibility() || $(".bar")?.checkVisibility());
  if (!sheet || location.hash === "#copilot") return write();
  addEventListener("hashchange", () => requestAnimationFrame(write), { once: true }); // going to a target moves the focus
  location.hash = "copilot";
}

const keys = {
  "?": () => $("dialog#keys")?.showModal(),
  "/": () => $("#q")?.select(),
  c: ask,
  "\\": () => edge()?.checkVisibility() ? fold(true) : $(".copilot-unfold")?.checkVisibility() && fold(false),
  j: () => move(1),
  k: () => move(-1),
  x: () => document.activeElement.closest(".row")?.querySelector("input[type=checkbox]")?.click(),
  g: () => { afterG = performance.now(); },
};

function escape() {
  $$("details[data-menu][open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); });
  if (!sheetOpen()) return;
  const opener = $(`a[href="${location.hash}"]`);
  location.hash = "main";
  opener?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("dialog[open]")) return escape();
  const handle = event.target.closest?.("[data-resize]");
  const by = { ArrowLeft: 1, ArrowRight: -1 }[event.key];
  if (handle && by) {
    event.preventDefault();
    resize(width() + by * Number(handle.dataset.resize));
    return remember();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("dialog[open]")) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const place = performance.now() - afterG < 1500 && $(`[data-go="${CSS.escape(event.key)}"]`);
  afterG = -Infinity;
  const act = place ? () => place.click() : keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-dialog]");
  const dialog = link && document.getElementById(link.dataset.dialog);
  if (dialog && !event.ctrlKey && !event.metaKey) event.preventDefault(), dialog.showModal();
  $$("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
