// A page as it stands in this tab: its marks, the selected run, and what can be undone. No drawing, no network.

export const GUESS = ".";
export const NAMES = { h: "Headline", b: "Body", t: "Teaser", n: "Nav", "?": "Undecided" };

export class Sheet {
  constructor(record) {
    Object.assign(this, { key: record.key, id: record.id, url: record.url, file: record.file, why: record.why });
    this.lines = record.lines.map(([number, rows, gap, text]) => ({ number, rows, gap, text }));
    this.guesses = record.guesses;
    this.doubtful = record.doubtful;
    this.marks = [...record.marks];
    this.done = record.done;
    this.version = record.version;
    this.focus = 0;
    this.anchor = 0;
    this.past = [];
    this.future = [];
  }

  label(index) {
    const mark = this.marks[index];
    return mark === GUESS ? this.guesses[index] : mark;
  }

  get selection() {
    return [Math.min(this.focus, this.anchor), Math.max(this.focus, this.anchor)];
  }

  select(index, extend = false) {
    this.focus = Math.max(0, Math.min(index, this.lines.length - 1));
    if (!extend) this.anchor = this.focus;
  }

  // Marks the selected run; without a mark each line gets the label it has. Returns whether anything changed.
  mark(mark) {
    const [from, to] = this.selection;
    const after = [];
    for (let index = from; index <= to; index++) after.push(mark ?? this.label(index));
    const change = { from, before: this.marks.slice(from, to + 1), after };
    if (String(change.before) === String(after)) return false;
    this.past.push(change);
    this.future = [];
    this.marks.splice(from, after.length, ...after);
    return true;
  }

  undo() {
    return this.#move(this.past, this.future, "before");
  }

  redo() {
    return this.#move(this.future, this.past, "after");
  }

  // The next doubtful line that has no mark yet, in a direction; from the end of the page on from its beginning.
  nextDoubtful(step) {
    const waiting = this.doubtful.filter((index) => this.marks[index] === GUESS);
    if (step < 0) waiting.reverse();
    return waiting.find((index) => (index - this.focus) * step > 0) ?? waiting[0];
  }

  // What a save answers replaces what this tab thought, unless there is more to save by now.
  settle(record, isLatest) {
    this.version = record.version;
    if (!isLatest) return;
    this.marks = [...record.marks];
    this.done = record.done;
  }

  // Takes over marks of another version of this page as a change that can be redone: one for each line that is the
  // same still. Returns how many lines differ.
  offer(lines, marks) {
    const after = this.marks.slice();
    let count = 0;
    this.lines.forEach((line, index) => {
      const mark = marks[index];
      if (lines[index] === line.text && mark !== GUESS && mark !== after[index]) {
        after[index] = mark;
        count++;
      }
    });
    if (count) this.future = [{ from: 0, before: this.marks.slice(), after }];
    return count;
  }

  #move(source, target, side) {
    const change = source.pop();
    if (!change) return false;
    target.push(change);
    this.marks.splice(change.from, change[side].length, ...change[side]);
    const changed = change.after.flatMap((mark, offset) => (mark === change.before[offset] ? [] : [change.from + offset]));
    this.anchor = changed[0] ?? change.from;
    this.focus = changed.at(-1) ?? change.from;
    return true;
  }
}
