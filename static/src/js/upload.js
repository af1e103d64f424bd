// Uploads: one request per file, two at a time, so that one bad file spoils no other.

function acceptDrops(drop) {
  if (drop.classList.contains("live")) return;
  drop.classList.add("live");
  const input = $("input[type=file]", drop);
  input.addEventListener("change", () => { send(drop, [...input.files]); input.value = ""; });
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    send(drop, [...event.dataTransfer.files]);
  });
}

async function send(drop, files) {
  const form = drop.closest("form"), name = $("input[type=file]", drop).name;
  const waiting = files.map((file) => ({ file, row: uploadRow(drop, file) }));
  let taken = 0;
  const worker = async () => {
    for (let next; (next = waiting.shift());) {
      if (await upload(form, name, next.file, next.row, drop.dataset)) taken++;
    }
  };
  await Promise.all([worker(), worker()]);
  announce(drop.dataset.summary.replace("{taken}", taken).replace("{all}", files.length));
  if (taken) await refresh(drop.dataset.refresh, taken === files.length);
}

function uploadRow(drop, file) {
  const row = fragment(`<li class="upload"><span class="upload-name"></span><span class="upload-state"></span><progress max="100" value="0"></progress></li>`).firstChild;
  $(".upload-name", row).textContent = file.name;
  $("progress", row).ariaLabel = file.name;
  $(".filedrop-files", drop).append(row);
  return row;
}

function upload(form, name, file, row, words) {
  const body = new FormData(form), bar = $("progress", row), state = $(".upload-state", row);
  body.set(name, file);
  return new Promise((done) => {
    const xhr = new XMLHttpRequest(); // fetch cannot say how much has been sent
    const end = (taken) => {
      row.classList.add(taken ? "taken" : "failed");
      bar.remove();
      state.textContent = taken ? words.taken : words.failed;
      if (!taken) row.append(Object.assign(document.createElement("p"), { className: "upload-problem", textContent: reason(xhr) || words.lost }));
      done(taken);
    };
    xhr.upload.onprogress = (event) => {
      bar.value = (100 * event.loaded) / event.total;
      state.textContent = event.loaded < event.total ? Math.floor(bar.value) + " %" : words.checking;
    };
    xhr.onload = () => end(xhr.status >= 200 && xhr.status < 300);
    xhr.onerror = xhr.onabort = () => end(false);
    xhr.open("POST", form.action);
    xhr.setRequestHeader("HX-Request", "true");
    xhr.send(body);
  });
}

// reason finds the sentence in the page that the server answered with.
const reason = (xhr) => $(".error-summary li, .problem, .notice p:not(.notice-title), .empty p", fragment(xhr.responseText || ""))?.textContent.trim();

// refresh brings the list up to date beside the uploads; without a place to put it, the page is loaded again.
async function refresh(selector, allTaken) {
  const here = selector && $(selector);
  if (!here) return void (allTaken && location.reload());
  const response = await fetch(location.href).catch(() => null);
  const next = response?.ok && $(selector, new DOMParser().parseFromString(await response.text(), "text/html"));
  if (next) here.replaceWith(document.importNode(next, true)), window.htmx?.process($(selector));
}
