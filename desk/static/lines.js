// Draws the lines of a page as a list box, and tells which line was clicked. Text goes in as text, never as HTML.

import { GUESS, NAMES } from "./sheet.js";

const template = document.createElement("template");
template.innerHTML =
  '<li role="option"><span class="number"></span><span class="label"></span><span class="text" dir="auto"></span></li>';

export class Lines {
  constructor(list, onClick) {
    this.list = list;
    this.items = [];
    this.selected = [];
    list.addEventListener("mousedown", (event) => {
      if (event.shiftKey) event.preventDefault(); // which would select text
    });
    list.addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) onClick(this.items.indexOf(item), event.shiftKey);
    });
  }

  open(sheet) {
    const doubtful = new Set(sheet.doubtful);
    this.items = sheet.lines.map((line, index) => {
      const item = template.content.firstElementChild.cloneNode(true);
      const [number, , text] = item.children;
      item.id = `line-${index}`;
      item.setAttribute("aria-selected", "false");
      if (line.gap) item.classList.add(line.gap > 1 ? "far" : "apart");
      if (doubtful.has(index)) item.classList.add("unsure");
      number.textContent = line.rows ? `${line.number}–${line.number + line.rows}` : line.number;
      text.textContent = line.text;
      return item;
    });
    this.selected = [];
    this.list.replaceChildren(...this.items);
    this.draw(sheet, 0, this.items.length - 1);
    this.list.scrollTop = 0;
    this.select(sheet);
  }

  // Shows the labels of some lines anew.
  draw(sheet, from, to) {
    for (let index = from; index <= to; index++) {
      const item = this.items[index];
      const label = sheet.label(index);
      const isGuess = sheet.marks[index] === GUESS;
      if (item.dataset.label === label && item.classList.contains("guess") === isGuess) continue;
      const chip = item.children[1];
      item.dataset.label = label;
      item.classList.toggle("guess", isGuess);
      item.classList.toggle("changed", differs(sheet, index));
      chip.textContent = NAMES[label];
      chip.setAttribute("aria-label", describe(sheet, index, label, isGuess, item.classList.contains("unsure")));
    }
  }

  select(sheet) {
    const [from, to] = sheet.selection;
    for (const item of this.selected) item.setAttribute("aria-selected", "false");
    this.selected = this.items.slice(from, to + 1);
    for (const item of this.selected) item.setAttribute("aria-selected", "true");
    this.list.querySelector(".focus")?.classList.remove("focus");
    const item = this.items[sheet.focus];
    item.classList.add("focus");
    this.list.setAttribute("aria-activedescendant", item.id);
    reveal(this.list, item);
  }

  // How many lines fill the view, about.
  get perView() {
    const height = this.list.scrollHeight / Math.max(1, this.items.length);
    return Math.max(1, Math.floor(this.list.clientHeight / height) - 1);
  }
}

// Whether a user has given a line another label than the model; leaving it undecided contradicts nobody.
function differs(sheet, index) {
  return sheet.label(index) !== "?" && sheet.label(index) !== sheet.guesses[index];
}

function describe(sheet, index, label, isGuess, isUnsure) {
  const words = [NAMES[label]];
  if (isGuess) words.push(isUnsure ? "unsure guess" : "guess");
  else if (differs(sheet, index)) words.push(`the model says ${NAMES[sheet.guesses[index]]}`);
  return words.join(", ");
}

// Keeps some lines around the focus in view, so that one sees what comes.
function reveal(list, item) {
  const margin = Math.min(90, list.clientHeight / 4);
  const top = item.offsetTop - list.offsetTop;
  const bottom = top + item.offsetHeight;
  if (top - margin < list.scrollTop) list.scrollTop = top - margin;
  else if (bottom + margin > list.scrollTop + list.clientHeight) list.scrollTop = bottom + margin - list.clientHeight;
}
