// Which action a key asks for. Actions are called with the event.

const BY_KEY = {
  h: "mark",
  b: "mark",
  t: "mark",
  n: "mark",
  "?": "mark",
  Enter: "confirm",
  ArrowUp: "move",
  ArrowDown: "move",
  PageUp: "move",
  PageDown: "move",
  Home: "move",
  End: "move",
  ArrowLeft: "previous",
  ArrowRight: "next",
  j: "unsure",
  u: "undo",
  r: "redo",
  d: "done",
  v: "view",
  p: "pages",
  g: "guide",
  k: "keys",
  F1: "keys",
};
const WITH_CONTROL = { z: "undo", y: "redo", a: "all" };

// The key, and on keyboards of other scripts the letter that a Latin one has in its place.
function keyOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isForeign = key.length === 1 && key > "~";
  return isForeign && event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : key;
}

// Listens to the page's keys: actions[name](key, event).
export function listenToKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.altKey) return;
    const key = keyOf(event);
    const hasControl = event.ctrlKey || event.metaKey;
    let name = hasControl ? WITH_CONTROL[key] : BY_KEY[key];
    if (name === "undo" && hasControl && event.shiftKey) name = "redo";
    if (!name || isOf(event.target, key)) return;
    event.preventDefault();
    actions[name](key, event);
  });
}

// Whether a key belongs to the element that has the focus: Enter to a button, moving to the article.
function isOf(target, key) {
  if (target instanceof HTMLButtonElement) return key === "Enter";
  return target.id === "article" && /^(ArrowUp|ArrowDown|Page|Home|End)/.test(key);
}
