// Trees of links: the arrow keys move through them. In a list (data-tree) up and down follow the reading order, in a chart
// (data-tree="level") they stay on a level, where up and down are. Right opens what is closed, then goes in; left goes out.

const nodesIn = (tree) => $$("[data-node]", tree);
const level = (node) => Number(node.dataset.level);
const switchOf = (tree, node) => $(`[data-toggle="${node.dataset.node}"]`, tree);

function walk(tree, node, key) {
  const all = nodesIn(tree), here = all.indexOf(node), same = all.filter((other) => !tree.dataset.tree || level(other) === level(node));
  const link = switchOf(tree, node);
  switch (key) {
    case "ArrowDown": return same[same.indexOf(node) + 1];
    case "ArrowUp": return same[same.indexOf(node) - 1];
    case "ArrowLeft": return all.slice(0, here).findLast((other) => level(other) < level(node));
    case "Home": return all[0];
    case "End": return all[all.length - 1];
    case "ArrowRight":
      if (link?.getAttribute("aria-expanded") === "false") reopen(link, node.id);
      else if (level(all[here + 1] ?? node) > level(node)) return all[here + 1];
  }
}

// reopen opens or closes a department without losing the place: the page's address changes, its scrolling does not.
async function reopen(link, focus) {
  const url = new URL(link.getAttribute("href"), location.href), said = link.getAttribute("aria-label");
  url.hash = "";
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return location.assign(url);
  const boxes = () => $$("#departments [data-tree]"), scrolled = boxes().map((box) => box.scrollLeft);
  $("#departments").replaceWith(fragment(await answer.text()));
  boxes().forEach((box, i) => { box.scrollLeft = scrolled[i]; });
  history.replaceState(history.state, "", url);
  const next = document.getElementById(focus);
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  announce(said);
}

document.addEventListener("keydown", (event) => {
  const node = event.target.closest?.("[data-node], [data-toggle]"), tree = node?.closest("[data-tree]");
  if (!tree || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (!["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const from = node.dataset.node ? node : $(`[data-node="${node.dataset.toggle}"]`, tree);
  const next = walk(tree, from, event.key);
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-tree] [data-toggle]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  reopen(link, link.id);
});
