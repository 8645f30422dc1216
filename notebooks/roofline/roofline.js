// Layers against the lines of the machine: hover tells, a click or the arrow keys select.

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function render({ model, el }) {
  const drawn = model.get("drawn");
  const head = make("div");
  const plot = make("div", {
    class: "aw-plot", tabindex: 0, role: "listbox", "aria-label": "layers; arrow keys select",
  });
  const side = make("div", { class: "aw-side", "aria-live": "polite" });
  const table = make("div");
  const both = make("div", { class: "aw-both" }, plot, side);
  el.append(make("div", { class: "aw" }, make("div", { class: "aw-roof-view" }, head, both, table)));
  showMarkup(head, drawn.head);
  showMarkup(plot, drawn.svg);
  showMarkup(table, drawn.table);
  const svg = plot.querySelector("svg");
  const way = shape("path", { class: "aw-way" });
  const ring = shape("circle", { class: "aw-ring", r: 7 });
  svg.append(way, ring);
  let selected = null;

  // Keys go from left to right, so that neighbours in the picture follow each other.
  const order = drawn.ends.map((_, i) => i).sort((a, b) => drawn.ends[a][0] - drawn.ends[b][0] || a - b);

  function tell(i) {
    way.style.display = ring.style.display = i === null ? "none" : "";
    if (i === null) {
      side.replaceChildren(make("div", { class: "aw-quiet" }, "hover a layer, or select one"));
      return;
    }
    const [x, measured, expected] = drawn.ends[i];
    ring.setAttribute("cx", x);
    ring.setAttribute("cy", measured);
    const down = expected < measured ? 1 : -1;
    const tip = measured - 7 * down;
    const head = (tip - expected) * down > 6 ? `M${x - 3.5} ${tip - 5 * down}L${x} ${tip}L${x + 3.5} ${tip - 5 * down}` : "";
    way.setAttribute("d", `M${x - 6} ${expected}H${x + 6}M${x} ${expected}V${tip}${head}`);
    const rows = drawn.facts[i].map(([name, value]) => make("tr", {}, make("td", { class: "aw-quiet" }, name), make("td", {}, value)));
    side.replaceChildren(make("h4", {}, drawn.names[i]), make("table", {}, ...rows));
  }

  /** The layer nearest to the pointer, within some pixels. */
  function nearest(event) {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const [px, py] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let best = null;
    let least = 14 * 14;
    drawn.ends.forEach(([x, y], i) => {
      const far = (x - px) ** 2 + (y - py) ** 2;
      if (far < least) [best, least] = [i, far];
    });
    return best;
  }

  function select(index) {
    selected = index; // at once, so that keys pressed in a row go on from there
    tell(index);
    model.send({ kind: "select", index });
  }
  plot.addEventListener("pointermove", (event) => tell(nearest(event) ?? selected));
  plot.addEventListener("pointerleave", () => tell(selected));
  plot.addEventListener("click", (event) => select(nearest(event)));
  plot.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") select(null);
    else if (by && order.length) {
      const at = selected === null ? (by > 0 ? -1 : order.length) : order.indexOf(selected);
      select(order[Math.min(order.length - 1, Math.max(0, at + by))]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return follow(model, (data) => {
    selected = data.selected;
    tell(selected);
  });
}

export default { render };
