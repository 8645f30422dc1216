// Shapes and scales of the front chart; its script follows this text.

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes = {}, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) node.setAttribute(name, value);
  }
  if (text) node.textContent = text;
  return node;
}

/** Numbers of an axis to pixels, and back. */
function toPixel(axis) {
  const log = axis.log ? Math.log10 : (v) => v;
  const low = log(axis.low), span = log(axis.high) - low;
  return (v) => axis.start + ((log(v) - low) / span) * (axis.end - axis.start);
}
function fromPixel(axis, pixel) {
  const share = (pixel - axis.start) / (axis.end - axis.start);
  if (axis.log) return axis.low * (axis.high / axis.low) ** share;
  return axis.low + share * (axis.high - axis.low);
}
/** A number as a short decimal, as fine as a third of a pixel; what is brushed can then be said. */
function rounded(axis, value) {
  const length = Math.abs(axis.end - axis.start);
  const size = axis.log ? Math.abs(value) / 300 : (axis.high - axis.low) / (length * 3);
  const digits = Math.max(0, Math.min(12, -Math.floor(Math.log10(size))));
  return Number(value.toFixed(digits));
}
const shown = (value) => String(Number(value.toPrecision(6)));

/** An empty picture of the same size, to lie over another one. */
function sheet(svg) {
  const names = ["viewBox", "width", "height"];
  const same = Object.fromEntries(names.map((name) => [name, svg.getAttribute(name)]));
  return shape("svg", { ...same, class: "aw-above", "aria-hidden": "true" });
}

/** Goes on hearing of a pointer that leaves; one that is gone already is let go. */
function capture(node, event) {
  try {
    node.setPointerCapture(event.pointerId);
  } catch {
    return;
  }
}

