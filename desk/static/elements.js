// Elements whose content is text; in whatever direction it is written.

export function element(name, { text, className } = {}) {
  const made = document.createElement(name);
  made.dir = "auto";
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}
