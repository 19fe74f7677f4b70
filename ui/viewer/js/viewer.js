// The slide viewer as Streamlit mounts it: one slide large, or all of a case side by side, with their tools.

import { button, fill, make, slider, toggle } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Pane } from "./pane.js";
import { Desk } from "./source.js";

const POWERS = [2, 5, 10, 20, 40];
const TURN = 90;
const mounted = new WeakMap();

/** Called by Streamlit for each drawing of the page; the viewer in `parentElement` lives on between them. */
export default function show(component) {
  const root = component.parentElement;
  const known = mounted.get(root);
  if (known) known.update(component);
  else mounted.set(root, new Viewer(component));
  return () => {
    mounted.get(root)?.close();
    mounted.delete(root);
  };
}

class Viewer {
  constructor(component) {
    this.desk = new Desk(() => this.tell("renew", Date.now()));
    this.panes = [];
    this.element = make("div", { class: "viewer" });
    component.parentElement.append(this.element);
    this.look = { heat: true, opacity: 0.4, threshold: 0, veil: false, outlines: true };
    this.update(component);
  }

  update({ data, setTriggerValue }) {
    const before = this.data;
    this.data = data;
    this.words = data.words;
    this.tell = setTriggerValue;
    this.desk.update(data);
    this.element.style.setProperty("--height", `${data.height}px`);
    const same = before && JSON.stringify([before.slides, before.words]) === JSON.stringify([data.slides, data.words]);
    if (!same) this.#build(data.start);
    else if (!data.deep && JSON.stringify(before.start) !== JSON.stringify(data.start)) this.#arrange(data.start);
    if (before && data.saved && data.saved !== before.saved) this.#forgetDraft();
  }

  close() {
    this.#closePanes();
    this.element.remove();
  }

  async #build(start) {
    this.tools = make("div", { class: "tools", role: "toolbar", "aria-label": this.words.tools });
    this.strip = make("div", { class: "strip", role: "group", "aria-label": this.words.slides });
    this.stage = make("div", { class: "stage" });
    this.element.replaceChildren(this.tools, this.strip, this.stage);
    try {
      this.library ??= await load(`${this.data.files}openseadragon.js`, "OpenSeadragon");
    } catch {
      this.stage.append(make("p", { role: "alert" }, this.words.noServer));
      return;
    }
    this.#arrange(start);
  }

  /** Shows one slide, or all; start: {slide, all, x, y, scale, rotation}. */
  async #arrange(start) {
    this.#closePanes();
    const { slides } = this.data;
    this.all = Boolean(start.all) && slides.length > 1;
    this.chosen = slides.find((it) => it.key === start.slide) ?? slides[0];
    this.#fillTools();
    const drawing = this.data.mayDraw && !this.all ? this.#drawingTools() : null;
    this.#fillStrip();
    this.stage.classList.toggle("all", this.all);
    const shown = this.all ? slides : [this.chosen];
    this.panes = shown.map((slide) => new Pane(this.library, this.desk, slide, this.words, this.data.locale, (it) => this.#moved(it)));
    this.panes.forEach((pane) => {
      pane.setLook({ ...this.look, threshold: this.look.threshold });
      this.stage.append(pane.element);
    });
    const at = start.scale ? start : null;
    const opening = this.panes.map((pane) => pane.open(pane.slide === this.chosen ? at : null));
    if (this.all) return;
    await opening[0];
    if (!drawing) return;
    if (this.panes[0]?.isOpen) await this.#offerDrawing(this.panes[0], drawing);
    else drawing.remove();
  }

  #closePanes() {
    this.drawing?.close();
    this.drawing = null;
    this.panes.splice(0).forEach((pane) => pane.close());
  }

  #fillTools() {
    const { words } = this;
    const each = (act) => () => this.panes.forEach(act);
    const first = (act) => () => this.panes[0] && act(this.panes[0]);
    const one = this.all ? first : each;
    this.tools.replaceChildren(
      group(
        button("−", each((it) => it.zoom(1 / 1.5)), { "aria-label": words.zoomOut, title: words.zoomOut }),
        button("+", each((it) => it.zoom(1.5)), { "aria-label": words.zoomIn, title: words.zoomIn }),
        ...POWERS.map((power) => button(`${power}×`, each((it) => it.magnify(power)), { title: fill(words.magnify, { power }) })),
        button(words.whole, each((it) => it.home())),
      ),
      group(
        button("⟲", one((it) => it.rotate(-TURN)), { "aria-label": words.turnLeft, title: words.turnLeft }),
        button("⟳", one((it) => it.rotate(TURN)), { "aria-label": words.turnRight, title: words.turnRight }),
      ),
      group(
        toggle(words.heat, this.look.heat, (heat) => this.#setLook({ heat })),
        make("span", { class: "legend", role: "img", "aria-label": words.legend }, "0", make("i", { style: `background: ${this.data.ramp}` }), "1"),
        slider(words.opacity, this.look.opacity, (opacity) => this.#setLook({ opacity })),
        slider(words.threshold, this.look.threshold, (threshold) => this.#setLook({ threshold })),
      ),
      group(
        toggle(words.veil, this.look.veil, (veil) => this.#setLook({ veil })),
        toggle(words.outlines, this.look.outlines, (outlines) => this.#setLook({ outlines })),
      ),
      group(
        this.data.slides.length > 1 ? toggle(words.all, this.all, (all) => this.#arrange({ all, slide: this.chosen.key })) : null,
        this.all ? toggle(words.link, Boolean(this.linked), (linked) => (this.linked = linked)) : null,
        button(words.copy, () => this.#copyLink()),
        button(words.full, () => this.element.requestFullscreen()),
        this.data.mayLabel && !this.all ? button(words.label, () => this.#showGlass()) : null,
      ),
    );
  }

  #fillStrip() {
    this.strip.hidden = this.all || this.data.slides.length < 2;
    if (this.strip.hidden) return;
    this.strip.replaceChildren(
      ...this.data.slides.map((slide) =>
        button(
          slide.readable ? this.desk.picture(`${slide.key}/thumbnail`, "") : make("span", { class: "none" }, "✕"),
          () => this.#arrange({ slide: slide.key }),
          { class: "jump", "aria-pressed": slide === this.chosen, "aria-label": `${slide.name}, ${slide.state}`, title: slide.name },
        ),
      ),
    );
    [...this.strip.children].forEach((it, n) => it.append(make("span", {}, `${n + 1} · ${this.data.slides[n].state}`)));
  }

  #setLook(look) {
    this.look = { ...this.look, ...look };
    this.panes.forEach((pane) => pane.setLook(look));
  }

  /** Keeps the address true, and takes the other slides along where they are linked. */
  #moved(pane) {
    const now = pane.view();
    const before = pane.last;
    pane.last = now;
    if (this.linked && !this.following && before && now) {
      this.following = true;
      const um = (it) => it.info.mpp ?? 1;
      for (const other of this.panes.filter((it) => it !== pane && it.isOpen)) {
        const at = other.view();
        const step = um(pane) / um(other);
        other.show({
          x: at.x + (now.x - before.x) * step,
          y: at.y + (now.y - before.y) * step,
          scale: (at.scale * now.scale) / before.scale,
          rotation: at.rotation + now.rotation - before.rotation,
        });
        other.last = other.view();
      }
      this.following = false;
    }
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.#keepAddress(pane), 400);
  }

  #keepAddress(pane) {
    if (!this.data.deep || this.all || !pane.isOpen) return;
    history.replaceState(history.state, "", this.#link(pane));
  }

  #link(pane) {
    const link = new URL(this.data.page, document.baseURI);
    const { x, y, scale, rotation } = pane.view() ?? {};
    const told = { case: this.data.case, slide: pane.slide.key, x: x?.toFixed(0), y: y?.toFixed(0), scale: scale?.toFixed(3), rotation: rotation || undefined, all: this.all ? 1 : undefined };
    Object.entries(told).forEach(([name, value]) => value !== undefined && link.searchParams.set(name, value));
    return link;
  }

  async #copyLink() {
    const pane = this.panes.find((it) => it.slide === this.chosen) ?? this.panes[0];
    if (!pane) return;
    const link = this.#link(pane).href;
    try {
      await navigator.clipboard.writeText(link);
      pane.say(this.words.copied);
    } catch {
      pane.say(link);
    }
  }

  /** Label and macro image in a dialog; each look at one is on the audit trail. */
  async #showGlass() {
    const [pane] = this.panes;
    const dialog = make("dialog", { "aria-label": this.words.label }, button(this.words.close, () => dialog.close()));
    for (const [name, title] of [["label", this.words.label], ["macro", this.words.macro]]) {
      try {
        const blob = await (await this.desk.get(`${pane.slide.key}/glass/${name}`)).blob();
        const source = URL.createObjectURL(blob);
        const image = make("img", { alt: title, src: source, onload: () => URL.revokeObjectURL(source) });
        dialog.append(make("figure", {}, image, make("figcaption", {}, title)));
      } catch (error) {
        dialog.append(make("p", {}, `${title}: ${error.message || this.words.ended}`));
      }
    }
    this.element.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  }

  /** The tools to draw with; they have their place from the start, and are seen once there is something to draw on. */
  #drawingTools() {
    const { words } = this;
    const classes = make("select", { "aria-label": words.regionClass, onchange: () => this.drawing.setClass(classes.value) });
    classes.append(...["positive", "negative", "ignore"].map((it) => make("option", { value: it }, words[it])));
    const shapes = [["rectangle", words.rectangle], ["polygon", words.polygon]].map(([shape, label]) =>
      toggle(label, false, (on) => this.drawing.draw(on ? shape : null)),
    );
    const remove = button(words.remove, () => this.drawing.remove(), { disabled: true });
    this.pick = (of) => {
      remove.disabled = !of;
      if (of) classes.value = of;
    };
    this.release = () => shapes.forEach((it) => it.setAttribute("aria-pressed", false));
    shapes.forEach((it) => it.addEventListener("click", () => shapes.filter((other) => other !== it).forEach((other) => other.setAttribute("aria-pressed", false))));
    const save = button(words.save, () => this.tell("save", { slide: this.panes[0].slide.key, regions: this.drawing.features() }), { class: "main" });
    const tools = group(make("label", {}, make("span", {}, words.draw), classes), ...shapes, remove, save);
    tools.style.visibility = "hidden";
    this.tools.append(tools);
    return tools;
  }

  async #offerDrawing(pane, tools) {
    const { words } = this;
    try {
      await style(this.element, `${this.data.files}annotorious.css`);
      const library = await load(`${this.data.files}annotorious.js`, "AnnotoriousOSD");
      if (!pane.isOpen || this.drawing) return;
      this.drawing = new Drawing(library, pane, () => this.#keepDraft(pane), (of) => this.pick(of));
    } catch (error) {
      console.warn("drawing", error);
      tools.replaceChildren(make("span", {}, words.noDrawing));
      return;
    } finally {
      tools.style.visibility = "";
    }
    const draft = sessionStorage.getItem(this.#draftName(pane.slide));
    const kept = draft ? JSON.parse(draft) : this.data.drawn[pane.slide.key];
    if (kept) this.drawing.load(kept);
    if (draft) pane.say(words.draft);
  }

  /** What was drawn and not saved outlives a reload of the page, in this tab only. */
  #keepDraft(pane) {
    this.release?.();
    sessionStorage.setItem(this.#draftName(pane.slide), JSON.stringify(this.drawing.features()));
    pane.say(this.words.draft);
  }

  #forgetDraft() {
    sessionStorage.removeItem(this.#draftName(this.chosen));
    this.panes[0]?.say(this.words.saved);
  }

  #draftName(slide) {
    return `regions ${this.data.case} ${slide.key}`;
  }
}

function group(...children) {
  return make("div", { class: "group" }, ...children);
}

const loading = new Map();

/** A library of the set-up, once a page: its script makes it a global of that name. */
function load(url, name) {
  if (window[name]) return window[name];
  if (!loading.has(url)) {
    loading.set(url, new Promise((done, failed) => {
      const script = make("script", { src: url, onload: () => done(window[name]), onerror: () => failed(new Error(url)) });
      document.head.append(script);
    }));
  }
  return loading.get(url);
}

function style(element, href) {
  if (element.querySelector("link")) return null;
  return new Promise((done, failed) => {
    element.append(make("link", { rel: "stylesheet", href, onload: done, onerror: failed }));
  });
}
