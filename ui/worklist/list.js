// The list in the browser. It speaks of cases by their numbers and of the drawing they were seen in, never by position:
// what stands under the cursor, what is chosen and what has the focus stay with their cases when the list moves.

const KEYS = { t: "take", a: "assign", u: "urgent", o: "second opinion", r: "rescan", n: "note", v: "verdict", s: "sign out" };

class List {
  constructor(root) {
    this.root = root;
    this.box = document.createElement("div");
    this.box.dataset.list = "";
    root.appendChild(this.box);
    this.current = null; // number of the case under the cursor
    this.near = -1; // where it stood, to move on from there when it has left the list
    this.begun = false;
    this.turn = 0;
    this.box.addEventListener("click", (event) => this.clicked(event));
    this.box.addEventListener("change", () => this.choose());
    this.onKey = (event) => this.pressed(event);
    document.addEventListener("keydown", this.onKey);
  }

  draw(data, send) {
    this.send = send;
    this.drawing = data.drawing;
    this.acts = data.acts;
    if (this.html !== data.html) {
      const active = this.root.activeElement;
      const focused = active?.closest?.("tr")?.dataset.row;
      const what = active?.matches("input") ? "input" : "a[data-case]";
      this.html = data.html;
      this.box.innerHTML = data.html;
      this.rowOf(focused)?.querySelector(what)?.focus({ preventScroll: true });
    }
    if (data.turn >= this.turn) {
      this.turn = data.turn;
      const chosen = new Set(data.chosen);
      for (const row of this.rows()) row.querySelector("input[data-choose]").checked = chosen.has(row.dataset.row);
    }
    this.mark();
    const back = !this.begun && this.rowOf(data.back);
    this.begun = true;
    if (back) this.goTo(back, true);
  }

  rows() {
    return [...this.box.querySelectorAll("tr[data-row]")];
  }

  rowOf(number) {
    return number && this.rows().find((row) => row.dataset.row === number);
  }

  mark() {
    for (const row of this.rows()) {
      const chosen = row.querySelector("input[data-choose]").checked;
      row.classList.toggle("chosen", chosen);
      row.classList.toggle("current", row.dataset.row === this.current);
    }
    const boxes = this.rows().map((row) => row.querySelector("input[data-choose]").checked);
    const all = this.box.querySelector("input[data-all]");
    if (all) {
      all.checked = boxes.length > 0 && boxes.every(Boolean);
      all.indeterminate = boxes.some(Boolean) && !all.checked;
    }
  }

  tell(what, number) {
    this.send("told", { what, case: number, drawing: this.drawing });
  }

  clicked(event) {
    const all = event.target.closest("input[data-all]");
    if (all) {
      for (const row of this.rows()) row.querySelector("input[data-choose]").checked = all.checked;
      return;
    }
    const row = event.target.closest("tr[data-row]");
    if (row) this.goTo(row, false);
    const link = event.target.closest("a[data-case]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.tell("open", link.dataset.case);
  }

  choose() {
    this.turn += 1;
    this.mark();
    const chosen = this.rows().filter((row) => row.querySelector("input[data-choose]").checked);
    const cases = chosen.map((row) => row.dataset.row);
    this.send("chosen", { cases, drawing: this.drawing, turn: this.turn });
  }

  goTo(row, scroll) {
    this.current = row.dataset.row;
    this.near = this.rows().indexOf(row);
    this.mark();
    if (scroll) {
      row.querySelector("a[data-case]").focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  }

  step(by) {
    const rows = this.rows();
    const at = rows.findIndex((row) => row.dataset.row === this.current);
    const from = at >= 0 ? at : by > 0 ? this.near - 1 : this.near;
    const row = rows[Math.min(Math.max(from + by, 0), rows.length - 1)];
    if (row) this.goTo(row, true);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    const typing = target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=combobox]");
    if (typing || document.querySelector('[role="dialog"]') || !this.box.isConnected) return;
    const key = event.key.toLowerCase();
    const row = this.rowOf(this.current);
    if (key === "j" || key === "k") this.step(key === "j" ? 1 : -1);
    else if (key === "enter" && row && (target === document.body || target.closest?.("tr"))) this.tell("open", this.current);
    else if (key === "x" && row) {
      const box = row.querySelector("input[data-choose]");
      box.checked = !box.checked;
      this.choose();
    } else if (KEYS[key] && row && this.acts.includes(KEYS[key])) this.tell(KEYS[key], this.current);
    else return;
    event.preventDefault();
  }
}

const lists = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  if (!lists.has(parentElement)) lists.set(parentElement, new List(parentElement));
  const list = lists.get(parentElement);
  list.draw(data, setTriggerValue);
  return () => {
    document.removeEventListener("keydown", list.onKey);
    list.box.remove();
    lists.delete(parentElement);
  };
}
