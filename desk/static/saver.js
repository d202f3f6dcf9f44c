// Saves a page at every change, one save after the other. What is not saved yet is kept in the browser's storage as
// well, so that neither a server that has stopped nor a closed tab loses it.

const PREFIX = "copytaster:";
const RETRY = 1500;

export class Saver {
  // The listener has: saving(), saved(sheet, record), stale(sheet, page, message), trouble(message).
  constructor(listener) {
    this.listener = listener;
    this.sheet = null;
    this.isDirty = false;
    this.running = null;
    this.timer = 0;
  }

  // Whether everything of the open page is on the disk.
  get isIdle() {
    return !this.isDirty && !this.running;
  }

  save(sheet) {
    this.sheet = sheet;
    this.isDirty = true;
    keep(sheet);
    return this.run();
  }

  // Saves what there is to save; waits for a save that is under way.
  run() {
    this.running ??= this.#loop().finally(() => (this.running = null));
    return this.running;
  }

  async #loop() {
    clearTimeout(this.timer);
    while (this.isDirty) {
      this.isDirty = false;
      this.listener.saving();
      const problem = await this.#send(this.sheet);
      if (problem === null) continue;
      this.isDirty = true;
      this.listener.trouble(problem);
      this.timer = setTimeout(() => this.run(), RETRY);
      break;
    }
  }

  // One save. Gives null if it is settled, else what is in its way.
  async #send(sheet) {
    const save = { version: sheet.version, marks: sheet.marks.join(""), done: sheet.done };
    let response, record;
    try {
      response = await fetch(`/pages/${sheet.key}`, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(save),
      });
      record = response.status === 403 ? {} : await response.json();
    } catch {
      return "Not saved: the server does not answer. Your changes are kept here and saved when it is back.";
    }
    if (response.ok) {
      sheet.settle(record, !this.isDirty);
      if (this.isDirty) keep(sheet);
      else forget(sheet.key);
      this.listener.saved(sheet, record);
      return null;
    }
    if (response.status === 409) {
      this.isDirty = false;
      forget(sheet.key);
      this.listener.stale(sheet, record.page, record.error);
      return null;
    }
    if (response.status === 403) {
      return "Not saved: the server was started anew. Open the address that it printed; your changes are kept here.";
    }
    return `Not saved: ${record.error}`;
  }
}

// What was kept of a page and never saved: its version, the texts of its lines, its marks, and whether it is done.
export function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

export function forget(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // Storage can be switched off; this tab's memory is all there is then.
  }
}

function keep(sheet) {
  const lines = sheet.lines.map((line) => line.text);
  const record = { version: sheet.version, lines, marks: sheet.marks.join(""), done: sheet.done };
  try {
    localStorage.setItem(PREFIX + sheet.key, JSON.stringify(record));
  } catch {
    // Switched off, or full.
  }
}
