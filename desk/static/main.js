// The labelling page: opens pages, and connects keys, buttons, lines, saves and the article.

import { drawArticle } from "./article.js";
import { element } from "./elements.js";
import { drawGuide } from "./guide.js";
import { listenToKeys } from "./keys.js";
import { Lines } from "./lines.js";
import { Saver, forget, kept } from "./saver.js";
import { Sheet } from "./sheet.js";

const by = (id) => document.getElementById(id);
const NO_ANSWER = "The server does not answer. Is `copytaster label` still running?";

let pages = [];
let sharedFolders = 0;
let sheet = null;
const lines = new Lines(by("lines"), clicked);
const saver = new Saver({ saving, saved, stale, trouble });

// Pages

async function get(path) {
  let response;
  try {
    response = await fetch(path);
  } catch {
    throw new Error(NO_ANSWER);
  }
  if (response.status === 403) throw new Error(await response.text());
  if (!response.ok) throw new Error((await response.json()).error);
  return response;
}

async function open(place) {
  if (place < 0 || place >= pages.length) return;
  if (!saver.isIdle) await saver.run();
  if (!saver.isIdle) return; // the notice says why; another page would not open either
  try {
    show(await (await get(`/pages/${pages[place].key}`)).json());
  } catch (error) {
    notice(error.message);
  }
}

function show(record) {
  notice("");
  sheet = new Sheet(record);
  recover();
  lines.open(sheet);
  drawArticle(by("article"), record.article);
  by("article").scrollTop = 0;
  by("name").textContent = short(sheet.id);
  by("name").title = `${sheet.file}\n${sheet.url ?? ""}\n${sheet.why}`;
  by("saved").textContent = "";
  document.title = `${short(sheet.id)} – Copytaster`;
  history.replaceState(null, "", `#${sheet.key}`);
  count(record);
  by("lines").focus();
}

// What an earlier tab could not save: saved now if nobody else has changed the page, else offered.
function recover() {
  const record = kept(sheet.key);
  if (!record) return;
  if (record.version === sheet.version && record.marks.length === sheet.marks.length) {
    sheet.marks = [...record.marks];
    sheet.done = record.done;
    saver.save(sheet);
    return;
  }
  forget(sheet.key);
  offer(record.lines, record.marks, "Changes that were not saved in time are kept");
}

function offer(texts, marks, message) {
  const count = sheet.offer(texts, marks);
  if (count) notice(`${message}: press r to make your ${count} ${count === 1 ? "change" : "changes"} again.`);
  return count;
}

// An id without the folders that all ids begin with.
function short(id) {
  return id.split("/").slice(sharedFolders).join("/") || id;
}

function countShared(ids) {
  const folders = ids.map((id) => id.split("/").slice(0, -1));
  let count = 0;
  while (folders.every((parts) => parts.length > count && parts[count] === folders[0][count])) count++;
  return count;
}

function here() {
  return pages.findIndex((page) => page.key === sheet?.key);
}

function count(record) {
  const { done, pages: all, marked, changed, agreement } = record.progress;
  const page = pages[here()];
  if (page) Object.assign(page, { done: record.done, marked: record.marked });
  by("pages").textContent = `${here() + 1} of ${all}`;
  const parts = [`${done} of ${all} ${all === 1 ? "page" : "pages"} done`, `${marked} lines labelled`];
  if (agreement !== null) parts.push(`${changed} not as the model guessed (agreement ${(100 * agreement).toFixed(1)} %)`);
  by("progress").textContent = parts.join(" · ");
  drawDone();
}

function drawDone() {
  by("done").setAttribute("aria-pressed", sheet.done);
  by("done").textContent = sheet.done ? "Done ✓" : "Done";
  by("previous").disabled = here() <= 0;
  by("next").disabled = here() >= pages.length - 1;
}

// Saves

function saving() {
  by("saved").textContent = "Saving…";
}

function saved(of, record) {
  if (of !== sheet) return;
  if (saver.isDirty) return;
  by("saved").textContent = "Saved";
  notice("");
  lines.draw(sheet, 0, sheet.lines.length - 1);
  drawArticle(by("article"), record.article);
  count(record);
}

function stale(of, record, message) {
  show(record);
  const texts = of.lines.map((line) => line.text);
  if (!offer(texts, of.marks, `Not saved: ${message}`)) notice(`Not saved: ${message}.`);
}

function trouble(message) {
  by("saved").textContent = "Not saved";
  notice(message);
}

function notice(message) {
  by("notice").textContent = message;
  by("notice").hidden = !message;
}

// Where another tab or an editor has changed the page, whoever comes back to this tab sees that.
async function refresh() {
  if (saver.isDirty) saver.run();
  if (!sheet || !saver.isIdle) return;
  const asked = sheet;
  try {
    const record = await (await get(`/pages/${sheet.key}`)).json();
    if (asked !== sheet || !saver.isIdle || record.version === sheet.version) return;
    const { focus, anchor } = sheet;
    show(record);
    sheet.select(anchor);
    sheet.select(focus, true);
    lines.select(sheet);
    notice("This page was changed in another tab or on disk: its newer labels are shown.");
  } catch {
    // The next save will say so.
  }
}

// Actions

function changed() {
  const [from, to] = sheet.selection;
  lines.draw(sheet, from, to);
  saver.save(sheet);
}

function mark(label) {
  const [, to] = sheet.selection;
  if (sheet.mark(label)) changed();
  sheet.select(to + 1);
  lines.select(sheet);
  setRun(false);
}

function step(which) {
  if (!sheet[which]()) return;
  changed();
  lines.select(sheet);
}

function move(key, event) {
  const last = sheet.lines.length - 1;
  const view = lines.perView;
  const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -view, PageDown: view, Home: -last, End: last };
  sheet.select(sheet.focus + steps[key], event.shiftKey || isRun());
  lines.select(sheet);
}

function clicked(index, extend) {
  sheet.select(index, extend || isRun());
  lines.select(sheet);
  setRun(false);
}

function unsure(_, event) {
  const index = sheet.nextDoubtful(event?.shiftKey ? -1 : 1);
  if (index === undefined) {
    by("saved").textContent = "No unsure line left";
    return;
  }
  sheet.select(index);
  lines.select(sheet);
}

async function done() {
  sheet.done = !sheet.done;
  drawDone();
  await saver.save(sheet);
  if (!sheet.done || !saver.isIdle) return;
  const at = here();
  const after = pages.findIndex((page, place) => !page.done && place > at);
  const next = after < 0 ? pages.findIndex((page) => !page.done) : after;
  if (next >= 0) await open(next);
  else notice("All pages are done.");
}

function view() {
  by("view").setAttribute("aria-pressed", document.body.classList.toggle("with-article"));
}

const isRun = () => by("run").getAttribute("aria-pressed") === "true";
const setRun = (isOn) => by("run").setAttribute("aria-pressed", isOn);

async function guide() {
  const dialog = by("guide-dialog");
  dialog.showModal();
  const place = dialog.querySelector("article");
  if (place.childElementCount) return;
  try {
    drawGuide(place, await (await get("/guide")).text());
  } catch (error) {
    place.textContent = error.message;
  }
}

function list() {
  const items = pages.map((page, place) => {
    const button = element("button", { text: `${page.done ? "✓ " : ""}${short(page.id)}` });
    const state = page.done ? "done" : page.marked ? "begun" : "";
    button.append(element("small", { text: [state, page.why].filter(Boolean).join(" · ") }));
    button.classList.toggle("done", page.done);
    if (page.key === sheet?.key) button.setAttribute("aria-current", "page");
    button.addEventListener("click", () => {
      by("pages-dialog").close();
      open(place);
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  by("pages-dialog").querySelector("ol").replaceChildren(...items);
  by("pages-dialog").showModal();
  by("pages-dialog").querySelector("[aria-current]")?.focus();
}

// Connections

const actions = {
  mark,
  move,
  unsure,
  done,
  view,
  guide,
  confirm: () => mark(),
  undo: () => step("undo"),
  redo: () => step("redo"),
  all: () => {
    sheet.select(0);
    sheet.select(sheet.lines.length - 1, true);
    lines.select(sheet);
  },
  previous: () => open(here() - 1),
  next: () => open(here() + 1),
  pages: list,
  keys: () => by("keys-dialog").showModal(),
};

function connect() {
  listenToKeys(actions);
  for (const id of ["previous", "next", "pages", "done", "view", "guide", "keys", "undo", "redo", "unsure"]) {
    by(id).addEventListener("click", () => actions[id]());
  }
  for (const button of document.querySelectorAll("[data-mark]")) {
    button.addEventListener("click", () => mark(button.dataset.mark));
  }
  by("run").addEventListener("click", () => setRun(!isRun()));
  // A click must not take the focus from the lines; who comes by keyboard keeps it.
  for (const button of document.querySelectorAll("footer button")) {
    button.addEventListener("mousedown", (event) => event.preventDefault());
  }
  addEventListener("focus", refresh);
  addEventListener("online", () => saver.run());
  addEventListener("beforeunload", (event) => {
    if (!saver.isIdle) event.preventDefault();
  });
}

async function start() {
  try {
    pages = (await (await get("/pages")).json()).pages;
  } catch (error) {
    notice(error.message);
    return;
  }
  sharedFolders = countShared(pages.map((page) => page.id));
  connect();
  if (matchMedia("(min-width: 801px)").matches) view();
  // After a reload the page that was open; else one with changes that were never saved; else the first.
  const wanted = pages.findIndex((page) => `#${page.key}` === location.hash);
  const unsaved = pages.findIndex((page) => kept(page.key));
  await open(Math.max(wanted, 0) || Math.max(unsaved, 0));
}

start();
