// One slide on the page: its picture in OpenSeadragon, what lies over it, its scale, and its reason if it cannot be shown.

import { button, fill, make } from "./dom.js";
import { lengthWords, magnification, magnificationWords, scaleBar } from "./measure.js";
import { Overlay } from "./overlay.js";
import { tileSource } from "./source.js";

const BAR_PX = 160;

export class Pane {
  /** slide: as `ui/viewer/viewer.py` describes it. moved(pane): told whenever the view of an open slide changed. */
  constructor(library, desk, slide, words, locale, moved) {
    Object.assign(this, { library, desk, slide, words, locale, moved });
    this.look = {};
    this.picture = make("div", { class: "picture" });
    this.bar = make("div", { class: "bar" });
    this.power = make("span", { class: "power" });
    this.note = make("div", { class: "note", role: "status" });
    this.gallery = make("div", { class: "gallery", role: "group", "aria-label": words.regions });
    this.element = make(
      "section",
      { class: "pane", "aria-label": slide.name },
      make("header", {}, make("b", {}, slide.name), make("span", { class: "state" }, slide.state)),
      make("div", { class: "frame" }, this.picture, make("div", { class: "scale" }, this.power, this.bar)),
      this.note,
      this.gallery,
    );
  }

  get isOpen() {
    return Boolean(this.viewer?.world.getItemCount());
  }

  /** Loads the slide; where it cannot be shown, says why in its place. view: as `view()` gives it, or null. */
  async open(view = null) {
    try {
      this.info = await this.desk.json(`${this.slide.key}/info`);
      if (this.info.reason) throw new Error(this.info.reason);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.viewer = this.library({
      element: this.picture,
      drawer: "canvas",
      showNavigationControl: false,
      showNavigator: true,
      navigatorPosition: "TOP_RIGHT",
      navigatorSizeRatio: 0.16,
      navigatorRotate: true,
      navigatorAutoFade: false,
      navigatorBackground: "#fff",
      navigatorBorderColor: "#14191e",
      animationTime: 0.4,
      maxZoomPixelRatio: 4,
      minZoomImageRatio: 0.6,
      imageLoaderLimit: 6,
      maxImageCacheCount: 250,
      timeout: 60_000,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      tileSources: tileSource(this.desk, this.slide.key, this.info, (error) => this.#complain(error)),
    });
    this.viewer.canvas.setAttribute("aria-label", fill(this.words.picture, { slide: this.slide.name }));
    this.viewer.canvas.setAttribute("role", "application");
    this.overlay = new Overlay(this.library, this.viewer);
    this.overlay.regions = this.info.regions;
    this.overlay.change(this.look);
    this.viewer.addHandler("update-viewport", () => this.#measure());
    for (const event of ["pan", "zoom", "rotate", "resize"]) this.viewer.addHandler(event, () => this.moved(this));
    await new Promise((done) => this.viewer.addOnceHandler("open", done));
    if (view) this.show(view);
    this.#fillGallery();
    await this.#loadScores();
  }

  close() {
    this.viewer?.destroy();
    this.viewer = null;
    this.element.remove();
  }

  /** Where the reader looks: the middle in level-0 px, level-0 px a px of the screen, and the rotation in degrees. */
  view() {
    if (!this.isOpen) return null;
    const item = this.viewer.world.getItemAt(0);
    const { viewport } = this.viewer;
    const middle = item.viewportToImageCoordinates(viewport.getCenter());
    return { x: middle.x, y: middle.y, scale: 1 / item.viewportToImageZoom(viewport.getZoom()), rotation: viewport.getRotation() };
  }

  show({ x, y, scale, rotation = 0 }) {
    const item = this.viewer.world.getItemAt(0);
    const { viewport } = this.viewer;
    viewport.setRotation(rotation, true);
    viewport.zoomTo(item.imageToViewportZoom(1 / scale), null, true);
    viewport.panTo(item.imageToViewportCoordinates(x, y), true);
  }

  /** um a px of the screen; null where the slide does not say its resolution. */
  umPerPx() {
    const view = this.isOpen && this.info.mpp ? this.view() : null;
    return view && view.scale * this.info.mpp;
  }

  /** Shows as much as an objective of that power would. */
  magnify(power) {
    const now = this.umPerPx();
    if (now) this.viewer.viewport.zoomBy(power / magnification(now));
  }

  zoom(factor) {
    this.viewer?.viewport.zoomBy(factor).applyConstraints();
  }

  rotate(degrees) {
    this.viewer?.viewport.rotateBy(degrees);
  }

  home() {
    this.viewer?.viewport.setRotation(0).goHome();
  }

  setLook(look) {
    this.look = { ...this.look, ...look };
    this.overlay?.change(look);
  }

  say(text) {
    this.note.textContent = text;
  }

  #measure() {
    if (!this.isOpen) return;
    const um = this.umPerPx();
    this.bar.hidden = !um;
    this.power.textContent = um ? magnificationWords(um, this.locale) : this.words.unknownScale;
    if (!um) return;
    const bar = scaleBar(um, BAR_PX);
    this.bar.textContent = lengthWords(bar.um, this.locale);
    this.bar.style.width = `${bar.px}px`;
  }

  #fillGallery() {
    this.gallery.replaceChildren(
      ...this.info.regions.map((region) => {
        const name = fill(this.words.region, { number: region.number, score: score(region.score, this.locale) });
        const { x, y, width, height } = region.box;
        const path = `${this.slide.key}/part?x=${x}&y=${y}&width=${width}&height=${height}`;
        const jump = () => {
          const item = this.viewer.world.getItemAt(0);
          this.viewer.viewport.fitBounds(item.imageToViewportRectangle(x, y, width, height));
        };
        return button(this.desk.picture(path, ""), jump, { class: "jump", title: name });
      }),
    );
    [...this.gallery.children].forEach((it, n) => it.append(make("span", {}, `${n + 1} · ${score(this.info.regions[n].score, this.locale)}`)));
  }

  async #loadScores() {
    if (!this.info.scores) return;
    try {
      const answer = await this.desk.get(`${this.slide.key}/scores`);
      this.overlay.setScores(await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" }), this.info.ramp);
      this.overlay.draw();
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error) {
    if (error.status === 403 || error.status === 404) this.say(this.words.ended);
    else this.say(error.message ? fill(this.words.partly, { reason: error.message }) : this.words.noServer);
  }

  #refuse(error) {
    const gone = error.status === 403 || error.status === 404;
    const reason = gone ? this.words.ended : error.message || this.words.noServer;
    this.picture.replaceChildren(make("div", { class: "refused" }, make("b", {}, this.words.notShown), make("p", {}, reason)));
    this.bar.hidden = true;
  }
}

function score(value, locale) {
  return value.toLocaleString(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
