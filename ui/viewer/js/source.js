// Where a slide's picture comes from: the server's routes, each request with the visitor's pass in a header.

/** Asks the slide routes; a pass that ran out is renewed once, by having the page drawn again. */
export class Desk {
  constructor(renew) {
    this.renew = renew;
    this.waiting = [];
    this.asked = 0;
  }

  /** Takes what the page was drawn with: where the routes are, the pass, and the header that it travels in. */
  update({ base, header, pass }) {
    Object.assign(this, { base, header, pass });
    this.waiting.splice(0).forEach((go) => go());
  }

  /** The answer to a request, or an Error with the reason in words. */
  async get(path, signal) {
    const used = this.pass;
    let answer = await this.#ask(path, signal);
    if (answer.status === 403) {
      if (this.pass === used) await this.#renewed();
      answer = await this.#ask(path, signal);
    }
    if (answer.ok) return answer;
    const told = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(told.reason ?? ""), { status: answer.status });
  }

  async json(path) {
    return (await this.get(path)).json();
  }

  /** An <img> of a route, loaded when it comes into sight; its alternative text says what it is. */
  picture(path, alt) {
    const image = Object.assign(document.createElement("img"), { alt });
    const load = async () => {
      const blob = await (await this.get(path)).blob();
      image.src = URL.createObjectURL(blob);
      image.onload = () => URL.revokeObjectURL(image.src);
    };
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      load().catch(() => image.classList.add("missing"));
    });
    seen.observe(image);
    return image;
  }

  #ask(path, signal) {
    return fetch(this.base + path, { headers: { [this.header]: this.pass }, cache: "no-store", signal });
  }

  #renewed() {
    return new Promise((go) => {
      this.waiting.push(go);
      setTimeout(go, 15_000);
      if (Date.now() - this.asked < 5_000) return;
      this.asked = Date.now();
      this.renew();
    });
  }
}

/** OpenSeadragon's view of a slide: the geometry of `ui/viewer/pyramid.py`. `complain` is told why a tile failed. */
export function tileSource(desk, key, info, complain) {
  return {
    width: info.width,
    height: info.height,
    tileSize: info.tilePx,
    tileOverlap: 0,
    minLevel: Math.max(0, Math.ceil(Math.log2(info.tilePx)) - 1),
    maxLevel: info.last,
    getTileUrl: (level, x, y) => `${key}/tiles/${level}/${x}/${y}`,
    getTileHashKey: (level, x, y) => `${key}/${level}/${x}/${y}`,
    hasTransparency: () => false,
    downloadTileStart(job) {
      const stop = new AbortController();
      job.userData.stop = stop;
      desk
        .get(job.src, stop.signal)
        .then(async (answer) => job.finish(await answer.blob(), null, "rasterBlob"))
        .catch((error) => {
          if (stop.signal.aborted) return;
          complain(error);
          job.fail(error.message, null);
        });
    },
    downloadTileAbort: (job) => job.userData.stop.abort(),
  };
}
