// Regions that the reader draws, by Annotorious, and GeoJSON in level-0 px as the feedback takes it.

const CLASS_COLOURS = { positive: "#d55e00", negative: "#0072b2", ignore: "#5f6b76" };

/** An annotator on a pane's slide. changed(): told after each change; chosen(class or null): after each selection. */
export class Drawing {
  constructor(annotorious, pane, changed, chosen) {
    this.pane = pane;
    this.of = "positive";
    this.tool = annotorious.createOSDAnnotator(pane.viewer, {
      drawingEnabled: false,
      autoSave: true,
      style: (annotation) => ({
        fill: CLASS_COLOURS[classOf(annotation)], fillOpacity: 0.15, stroke: CLASS_COLOURS[classOf(annotation)], strokeWidth: 3,
      }),
    });
    const tell = () => {
      this.mark();
      changed(this);
    };
    this.tool.on("createAnnotation", (annotation) => {
      this.tool.updateAnnotation({ ...annotation, bodies: [classBody(annotation.id, this.of)] });
      this.draw(null);
      tell();
    });
    this.tool.on("updateAnnotation", tell);
    this.tool.on("deleteAnnotation", tell);
    this.tool.on("selectionChanged", (picked) => {
      this.picked = picked[0] ?? null;
      chosen(this.picked && classOf(this.picked));
    });
  }

  /** shape: "rectangle", "polygon", or null to look again. */
  draw(shape) {
    this.tool.cancelDrawing();
    if (shape) {
      this.tool.setDrawingTool(shape);
      this.tool.setDrawingMode(shape === "rectangle" ? "drag" : "click");
    }
    this.tool.setDrawingEnabled(Boolean(shape));
  }

  /** The class of what is drawn next, and of what is selected. */
  setClass(of) {
    this.of = of;
    if (!this.picked) return;
    const now = this.tool.getAnnotationById(this.picked.id);
    if (now) this.tool.updateAnnotation({ ...now, bodies: [classBody(now.id, of)] });
    this.mark();
  }

  remove() {
    if (this.picked) this.tool.removeAnnotation(this.picked.id);
    this.picked = null;
    this.mark();
  }

  features() {
    return {
      type: "FeatureCollection",
      features: this.tool.getAnnotations().map((it) => ({
        type: "Feature",
        geometry: { type: "Polygon", coordinates: [ring(it.target.selector)] },
        properties: { classification: { name: classOf(it) } },
      })),
    };
  }

  /** Takes regions as they were saved; of a region in several parts each part becomes a region. */
  load(collection) {
    const parts = collection.features.flatMap((feature) => {
      const { type, coordinates } = feature.geometry;
      const polygons = type === "MultiPolygon" ? coordinates : [coordinates];
      return polygons.map(([outer]) => annotation(outer, feature.properties.classification.name));
    });
    this.tool.setAnnotations(parts);
    this.mark();
  }

  /** Each region's class as a sign beside it, since colour alone tells too little. */
  mark() {
    this.pane.overlay.marks = this.tool.getAnnotations().map((it) => {
      const { minX, minY } = it.target.selector.geometry.bounds;
      return { x: minX, y: minY, of: classOf(it) };
    });
    this.pane.overlay.draw();
  }

  close() {
    this.tool.destroy();
  }
}

function classBody(id, of) {
  return { id: crypto.randomUUID?.() ?? `${Math.random()}`, annotation: id, purpose: "classifying", value: of };
}

function classOf(annotation) {
  return annotation.bodies.find((it) => it.purpose === "classifying")?.value ?? "positive";
}

function ring({ type, geometry }) {
  if (type !== "RECTANGLE") return [...geometry.points, geometry.points[0]].map(([x, y]) => [Math.max(0, x), Math.max(0, y)]);
  const [left, top] = [Math.max(0, geometry.x), Math.max(0, geometry.y)];
  const [right, bottom] = [geometry.x + geometry.w, geometry.y + geometry.h];
  return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
}

function annotation(outer, of) {
  const id = crypto.randomUUID?.() ?? `${Math.random()}`;
  const points = outer.slice(0, -1);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const bounds = { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
  return {
    id,
    bodies: [classBody(id, of)],
    target: { annotation: id, selector: { type: "POLYGON", geometry: { bounds, points } } },
  };
}
