// Following an answer while it is written: every element with data-stream.
//
// Why not htmx's SSE extension (4.0.1): it does not retry a first connect that failed, it retries a 204, a sign-in page
// or any other 200 that is no event stream for ever, and it cannot start from the text that the page came with. Why not
// EventSource: it gives up for ever on any status but 200, and a tab that paused cannot say where it was. So: fetch.
const GIVE_UP = 6; // failed connects in a row, with waits of 0.5 s doubling up to 8 s
const following = new WeakSet();

function follow(el) {
  if (following.has(el)) return;
  following.add(el);
  const state = { el, last: "", fresh: true, over: false, failures: 0, abort: null };
  const pause = () => { if (document.hidden) state.abort?.abort(); else state.wake?.(); };
  document.addEventListener("visibilitychange", pause);
  run(state).finally(() => document.removeEventListener("visibilitychange", pause));
}

async function run(state) {
  while (!state.over && state.el.isConnected && state.failures < GIVE_UP) {
    if (document.hidden) await new Promise((wake) => { state.wake = wake; }); // catches up from state.last
    try {
      await connect(state);
      if (!state.over) state.failures++; // an end without `done` is a broken connection
    } catch (err) {
      if (err.name !== "AbortError") state.failures++;
    }
    if (!state.over && state.failures && state.failures < GIVE_UP) await new Promise((go) => { setTimeout(go, Math.min(250 * 2 ** state.failures, 8000)); });
  }
  if (state.el.isConnected) await settle(state);
}

async function connect(state) {
  state.abort = new AbortController();
  const headers = { Accept: "text/event-stream" };
  if (state.last) headers["Last-Event-ID"] = state.last;
  const response = await fetch(state.el.dataset.stream, { headers, signal: state.abort.signal, redirect: "manual" });
  if (!response.ok || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    throw new Error("no event stream");
  }
  if (!state.last) state.fresh = true; // the server begins at the beginning: what is shown is replaced, not doubled
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done || !state.el.isConnected) return state.abort.abort();
    const events = (rest + value).split("\n\n"); // our own server's encoder ends lines with LF only
    rest = events.pop();
    for (const event of events) if (receive(state, event)) return state.abort.abort();
  }
}

// receive acts on one event and says whether it was the last.
function receive(state, event) {
  let name = "", id = null;
  const data = [];
  for (const line of event.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("id: ")) id = line.slice(4);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
  }
  if (name === "done") return state.message = data.join("\n"), (state.over = true);
  if (!name) return false; // a heartbeat
  keepAtEnd(state.el, () => show(state, name, data.join("\n")));
  if (id && id !== state.last) state.last = id, state.failures = 0; // only what moves on counts as a good connection
  return false;
}

function show(state, name, text) {
  const closed = $(".closed", state.el), open = $(".open", state.el);
  if (name === "state") return said(state.el, text);
  if (state.fresh) closed.replaceChildren(), open.replaceChildren(), (state.fresh = false);
  if (state.el.dataset.state === "pending") said(state.el, "streaming");
  if (name === "block") closed.append(fragment(text)), open.replaceChildren();
  if (name === "open") open.replaceChildren(fragment(text));
}

// said shows a state in the words that the server put beside it.
function said(el, state) {
  el.dataset.state = state;
  const word = $(".state-word", el);
  if (word?.dataset[state]) word.textContent = word.dataset[state];
}

// settle replaces what was followed by the finished message: sources, receipt, and why it ended. The stream's end brings it,
// unless it has to be read.
async function settle(state) {
  const message = state.message || await read(state.el.dataset.href);
  const next = message && $("#" + CSS.escape(state.el.id), fragment(message));
  if (!next) return void said(state.el, "lost");
  following.add(next); // one that is still running is not followed again: GIVE_UP holds
  keepAtEnd(state.el, () => state.el.replaceWith(next));
  window.htmx?.process(next);
  announce(next.dataset.announce);
}

async function read(href) {
  const response = await fetch(href, { headers: { "HX-Request": "true" } }).catch(() => null);
  return response?.ok ? response.text() : "";
}

// keepAtEnd keeps a log at its end while it grows, unless the reader has scrolled up.
function keepAtEnd(el, change) {
  const log = el.closest(".log");
  const atEnd = log && log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  change();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
