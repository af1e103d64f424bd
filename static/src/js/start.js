// What is new on the page: at load, and after every swap.

function greet(root) {
  const all = (selector) => (root.matches?.(selector) ? [root] : []).concat($$(selector, root));
  all("[data-stream]").forEach(follow);
  $$("[data-filedrop]", root).forEach(acceptDrops);
  $$("[data-passkey]", root).forEach(offerPasskey);
  $$("[data-copies]", root).forEach(offerCopy);
  $$("input[data-zone]", root).forEach((input) => { input.value = Intl.DateTimeFormat().resolvedOptions().timeZone; });
  $$("select[data-zone]", root).forEach(propose);
  all("[data-toast]").forEach(passing);
  $(".tabs [aria-current]", root)?.scrollIntoView({ block: "nearest", inline: "center" }); // narrow screens show a few
  all("dialog[data-open]").forEach(openDialog);
  $("[data-focus]", root)?.focus();
  if (!CSS.supports("field-sizing", "content")) $$("textarea[data-grow]", root).forEach(grow);
}

// openDialog opens a dialog that was brought. It goes when it is closed: the next one says what is true then.
function openDialog(dialog) {
  dialog.showModal();
  dialog.addEventListener("close", () => dialog.remove());
}

// propose chooses this device's time zone where none was chosen yet. It is kept only when the form is sent.
function propose(select) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || select.value) return;
  if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone.replaceAll("_", " "), zone));
  select.value = zone;
  const note = $("[data-zone-said]", select.form);
  if (note) note.hidden = zone === "UTC";
}

// measure says once a session how large the screen is: three whole numbers (the server asks for it, and for no more).
function measure() {
  if (!document.body.hasAttribute("data-screen") || navigator.globalPrivacyControl) return;
  post("/account/screen", { w: screen.width, h: screen.height, dpr: Math.max(1, Math.round(devicePixelRatio)) }).catch(() => {});
}

// passing takes a toast away after a while, but not one that says that something failed, nor one being used.
function passing(toast) {
  if (toast.classList.contains("bad")) return;
  const wait = toast.querySelector("button") ? 12000 : 7000;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, wait);
}

function grow(area) {
  area.style.height = "auto"; // through the CSSOM, which the policy allows
  area.style.height = area.scrollHeight + 2 + "px";
}

new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) greet(node);
}).observe(document.documentElement, { childList: true, subtree: true });

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  const asked = ctx.sourceElement?.closest?.("[data-ask], [data-retry]") || $("#ask")?.contains(event.target);
  if (asked) toEnd($("#log"));
  if (document.activeElement !== document.body) return; // htmx found the focus by its id
  const target = asked ? $("#ask textarea") : ctx.target?.isConnected ? ctx.target : event.target;
  if (!(target instanceof HTMLElement) || target === document.body) return;
  if (!target.matches("a, button, input, select, textarea, [tabindex]")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
});
const toEnd = (log) => { if (log) log.scrollTop = log.scrollHeight; };

const start = () => { greet(document.body); measure(); $$(".log").forEach(toEnd); $("#passage")?.scrollIntoView({ block: "center" }); };
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
