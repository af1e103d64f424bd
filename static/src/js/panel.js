// The Copilot: typing a question, stopping an answer, folding the panel and making it wider.

// The question: Enter sends, Shift+Enter makes a new line.
document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-grow]") && !CSS.supports("field-sizing", "content")) grow(event.target);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-ask]");
  if (!form || event.target.tagName !== "TEXTAREA" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (event.target.value.trim()) form.requestSubmit();
});

// Stop shows at once and stays; the stream's own end brings the finished message.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-stop]")) {
    event.preventDefault();
    said(form.closest(".message"), "stopping");
    form.querySelector("button").disabled = true;
    post(form.action, {}).catch(() => { form.querySelector("button").disabled = false; });
  } else if (form.matches("[data-fold]")) {
    event.preventDefault();
    fold(form.elements.folded.value === "true");
  }
}, true);


const edge = () => $("[data-resize]");
const width = () => Number(edge().getAttribute("aria-valuenow"));
const remember = () => post("/account/panel", { width: width(), folded: document.body.dataset.panelFolded }).catch(() => {});

function fold(folded) {
  document.body.classList.toggle("folded", folded);
  document.body.dataset.panelFolded = folded;
  remember();
  (folded ? $(".copilot-unfold button") : $("#copilot textarea") || $("#copilot"))?.focus();
}

function resize(to) {
  const handle = edge(), step = Number(handle.dataset.resize);
  const snapped = Math.min(Math.max(Math.round(to / step) * step, handle.ariaValueMin), handle.ariaValueMax);
  handle.setAttribute("aria-valuenow", snapped);
  document.body.dataset.panel = snapped;
  $$("[data-fold] [name=width]").forEach((input) => { input.value = snapped; });
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("[data-resize]");
  if (!handle) return;
  handle.setPointerCapture(event.pointerId);
  handle.classList.add("dragging");
  const move = (e) => resize(document.documentElement.clientWidth - e.clientX);
  handle.addEventListener("pointermove", move);
  handle.addEventListener("lostpointercapture", () => {
    handle.removeEventListener("pointermove", move);
    handle.classList.remove("dragging");
    remember();
  }, { once: true });
});
