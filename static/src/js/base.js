// What AImyOrg's pages do beyond HTML and htmx: keys, the Copilot's panel, the growing question, uploads with progress,
// focus and announcements after a swap, and following an answer while it is written. Every page works without it.
// The build puts the files of this folder into one script, in the order that static/build lists, inside one function.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
// post sends fields as a form of the page would, also saying which organization the page was made for.
const post = (url, fields) => fetch(url, {
  method: "POST", body: new URLSearchParams({ made_for: $("[name=made_for]")?.value ?? "", ...fields }), headers: { "HX-Request": "true" }, redirect: "manual",
});

// announce says what changed, in the page's one polite live region.
function announce(text) {
  const live = $("#live");
  if (!live || !text) return;
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 50); // a region must change to be read again
}

// fragment parses HTML of our own server. Scripts in it do not run, and the content security policy allows none.
function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return document.importNode(template.content, true);
}
