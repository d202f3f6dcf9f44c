// Draws the label guide: the little Markdown that it is written in.

import { element } from "./elements.js";

const INLINE = /(\*\*[^*]+\*\*|`[^`]+`|\*[^*]+\*)/;

export function drawGuide(place, markdown) {
  const parts = [];
  for (const block of markdown.split(/\n{2,}/)) {
    let list = null;
    let table = null;
    for (const line of block.split("\n").filter(Boolean)) {
      const heading = /^(#+) (.*)/.exec(line);
      const item = /^(?:([-*])|\d+\.) (.*)/.exec(line);
      if (heading) {
        parts.push(inline(element(`h${heading[1].length + 1}`), heading[2]));
      } else if (item) {
        list ??= append(parts, element(item[1] ? "ul" : "ol"));
        list.append(inline(element("li"), item[2]));
      } else if (line.startsWith("|")) {
        if (/^[|\s:-]+$/.test(line)) continue;
        const name = table ? "td" : "th";
        table ??= append(parts, element("table"));
        const row = table.insertRow();
        for (const cell of line.split("|").slice(1, -1)) row.append(inline(element(name), cell.trim()));
      } else {
        parts.push(inline(element("p"), line));
      }
    }
  }
  place.replaceChildren(...parts);
}

function append(parts, made) {
  parts.push(made);
  return made;
}

function inline(parent, text) {
  for (const piece of text.split(INLINE)) {
    if (/^\*\*.+\*\*$/.test(piece)) parent.append(element("strong", { text: piece.slice(2, -2) }));
    else if (/^`.+`$/.test(piece)) parent.append(element("code", { text: piece.slice(1, -1) }));
    else if (/^\*.+\*$/.test(piece)) parent.append(element("em", { text: piece.slice(1, -1) }));
    else parent.append(piece);
  }
  return parent;
}
