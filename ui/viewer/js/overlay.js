// What lies over a slide: the heatmap, the veil over what the AI did not read, outlines of its highest regions.

const CLASS_SIGNS = { positive: "+", negative: "−", ignore: "○" };

/** A canvas over an OpenSeadragon viewer that follows its pan, zoom and rotation. */
export class Overlay {
  constructor(library, viewer) {
    this.viewer = viewer;
    this.at = (x, y) => new library.Point(x, y);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "overlay";
    viewer.canvas.append(this.canvas);
    this.heat = null;
    this.regions = [];
    this.marks = [];
    this.look = { heat: true, opacity: 0.4, threshold: 0, veil: false, outlines: true };
    viewer.addHandler("update-viewport", () => this.draw());
  }

  /** scores: the decoded picture of `ui/viewer/score_map.py`; ramp: its colours as [[score, [r, g, b]], ...]. */
  setScores(scores, ramp) {
    const canvas = new OffscreenCanvas(scores.width, scores.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(scores, 0, 0);
    this.scores = context.getImageData(0, 0, scores.width, scores.height);
    this.colours = Array.from({ length: 256 }, (_, score) => colour(score / 255, ramp));
    this.paint();
  }

  change(look) {
    const repaint = look.threshold !== this.look.threshold;
    this.look = { ...this.look, ...look };
    if (repaint) this.paint();
    this.draw();
  }

  /** The scores as colours from the threshold on, and where nothing was read as a veil; both as small pictures. */
  paint() {
    if (!this.scores) return;
    const { width, height, data } = this.scores;
    const heat = new ImageData(width, height);
    const veil = new ImageData(width, height);
    const least = Math.round(this.look.threshold * 255);
    for (let i = 0; i < data.length; i += 4) {
      const known = data[i + 1];
      if (known === 255 && data[i] >= least) heat.data.set([...this.colours[data[i]], 255], i);
      else if (known === 128) heat.data.set([128, 128, 128, 255], i);
      if (known === 0) veil.data.set([40, 50, 60, 255], i);
    }
    this.heat = picture(heat);
    this.veil = picture(veil);
  }

  draw() {
    const { viewer, canvas, look } = this;
    const item = viewer.world.getItemAt(0);
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [viewer.canvas.clientWidth, viewer.canvas.clientHeight];
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (!item) return;
    const place = (x, y) => item.imageToViewerElementCoordinates(this.at(x, y));
    const size = item.getContentSize();
    if (this.heat && (look.heat || look.veil)) {
      const [from, right, down] = [place(0, 0), place(size.x, 0), place(0, size.y)];
      const { width: w, height: h } = this.scores;
      pen.save();
      pen.transform((right.x - from.x) / w, (right.y - from.y) / w, (down.x - from.x) / h, (down.y - from.y) / h,
        from.x, from.y);
      pen.imageSmoothingEnabled = false;
      if (look.veil) this.#lay(pen, this.veil, 0.55);
      if (look.heat) this.#lay(pen, this.heat, look.opacity);
      pen.restore();
    }
    if (look.outlines) this.regions.forEach((region) => outline(pen, region.outline.map((it) => place(...it)), region.number));
    this.marks.forEach((mark) => sign(pen, place(mark.x, mark.y), CLASS_SIGNS[mark.of] ?? "?"));
  }

  #lay(pen, image, opacity) {
    pen.globalAlpha = opacity;
    pen.drawImage(image, 0, 0);
  }
}

function picture(data) {
  const canvas = new OffscreenCanvas(data.width, data.height);
  canvas.getContext("2d").putImageData(data, 0, 0);
  return canvas;
}

function colour(score, ramp) {
  const next = Math.max(1, ramp.findIndex(([stop]) => stop >= score));
  const [[low, from], [high, to]] = [ramp[next - 1], ramp[next]];
  const share = (score - low) / (high - low);
  return from.map((value, channel) => Math.round(value + share * (to[channel] - value)));
}

/** Dark between light, so that it shows on any tissue. */
function outline(pen, points, number) {
  pen.beginPath();
  points.forEach((point) => pen.lineTo(point.x, point.y));
  pen.closePath();
  for (const [style, width] of [["#fff", 4], ["#14191e", 1.5]]) {
    pen.strokeStyle = style;
    pen.lineWidth = width;
    pen.stroke();
  }
  sign(pen, points.reduce((high, it) => (it.y < high.y ? it : high)), `${number}`);
}

function sign(pen, at, text) {
  pen.font = "600 14px sans-serif";
  const width = pen.measureText(text).width + 8;
  pen.fillStyle = "#fff";
  pen.fillRect(at.x, at.y, width, 20);
  pen.strokeStyle = "#14191e";
  pen.lineWidth = 1;
  pen.strokeRect(at.x, at.y, width, 20);
  pen.fillStyle = "#14191e";
  pen.fillText(text, at.x + 4, at.y + 15);
}
