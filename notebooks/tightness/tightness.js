// One limit to drag. The kernel drew the curve; here are the handle, its keys, and what it reaches.

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

const pixel = (axis, value) =>
  axis.start + ((value - axis.low) / (axis.high - axis.low)) * (axis.end - axis.start);
const inverse = (axis, at) =>
  axis.low + ((at - axis.start) / (axis.end - axis.start)) * (axis.high - axis.low);

function render({ model, el }) {
  const root = make("div", { class: "aw" });
  const head = make("div");
  const plot = make("div", { class: "aw-plot" });
  const side = make("div", { class: "aw-side" });
  const title = make("h4", { "aria-live": "polite" });
  const reached = make("div");
  const gaps = make("div", { class: "aw-quiet aw-small" });
  const changes = make("div");
  const code = make("pre");
  const drawing = make("div");
  const table = make("div");
  const draw = make("button", { onclick: () => model.send({ kind: "draw" }) }, "draw this architecture");
  const copy = make(
    "button",
    {
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(code.textContent);
          copy.textContent = "copied";
          setTimeout(() => (copy.textContent = "copy as code"), 1200);
        } catch {
          getSelection().selectAllChildren(code);
        }
      },
    },
    "copy as code",
  );
  const back = make("button", { onclick: () => moveTo(data.now) }, "back to the limit as it is");
  const whole = make("button", { onclick: () => show("whole") }, "whole curve");
  const near = make("button", { onclick: () => show("near") }, "near the limit");
  const zoom = make("div", { class: "aw-row" }, whole, near);
  side.append(title, reached, gaps, make("div", { class: "aw-row" }, draw, copy, back), code, changes);
  const shown = make("div", { class: "aw-tight" }, head, zoom, make("div", { class: "aw-both" }, plot, side), drawing, table);
  root.append(shown);
  el.append(root);

  let data = model.get("drawn"); // the curve; what is asked about one step is the trait `data`
  let view = data.pictures.near ? "near" : "whole";
  let at = data.now; // where the limit is held
  let parts = null;

  const send = settled(40, (index) => model.send({ kind: "step", index }));

  /** The step that a limit allows; null where it allows none. */
  function allowed(limit) {
    const limits = data.limits;
    const slip = 1e-9 * Math.max(1e-300, Math.abs(limit));
    let found = null;
    for (let i = 0; i < limits.length; i++) {
      if (data.upper ? limits[i] <= limit + slip : limits[i] >= limit - slip) found = i;
    }
    return found;
  }

  const index = () => (at === data.now ? data.holding : allowed(at));
  const short = (value) => `${Number(value.toPrecision(6))}${data.unit ? ` ${data.unit}` : ""}`;

  function moveTo(limit) {
    at = limit;
    place();
    send(index());
  }

  /** One step looser or tighter: the limit stands where that step begins. */
  function step(by) {
    const here = index();
    const standing = here !== null && Math.abs(data.limits[here] - at) < 1e-9 * Math.abs(at || 1);
    let next = here === null ? (by > 0 ? 0 : null) : here + by;
    if (by < 0 && here !== null && !standing) next = here; // first back to where this step begins
    if (next === null || next < 0 || next >= data.limits.length) return;
    moveTo(data.limits[next]);
  }

  function show(name) {
    view = name;
    const picture = data.pictures[view];
    showMarkup(plot, picture ? picture.svg : "");
    const svg = plot.querySelector("svg");
    parts = null;
    if (!svg) return;
    const [, top, , low] = picture.frame;
    const group = shape("g");
    const line = shape("line", { class: "aw-drag", y1: top, y2: low });
    const dot = shape("circle", { class: "aw-reached", r: 5 });
    const label = shape("text", { class: "aw-now" });
    const knob = shape("circle", {
      class: "aw-knob", r: 7, cy: low, tabindex: 0, role: "slider",
      "aria-label": `limit ${data.limit}`, "aria-orientation": "horizontal",
      "aria-valuemin": 0, "aria-valuemax": Math.max(0, data.limits.length - 1),
    });
    group.append(line, dot, label, knob);
    svg.append(group);
    knob.addEventListener("keydown", (event) => {
      const looser = data.upper ? "ArrowRight" : "ArrowLeft";
      const tighter = data.upper ? "ArrowLeft" : "ArrowRight";
      const last = data.limits.length - 1;
      if (event.key === looser || event.key === "ArrowUp") step(1);
      else if (event.key === tighter || event.key === "ArrowDown") step(-1);
      else if (event.key === "Home") moveTo(data.limits[0]);
      else if (event.key === "End") moveTo(data.limits[last]);
      else if (event.key === "Escape") moveTo(data.now);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    parts = { svg, picture, line, dot, label, knob };
    whole.disabled = view === "whole";
    near.disabled = view === "near";
    place();
  }

  function place() {
    const i = index();
    const sign = data.upper ? "≤" : "≥";
    const exact = i !== null && data.limits[i] === at;
    title.textContent =
      at === data.now ? `${data.limit} as it is` : `${data.limit} ${sign} ${exact ? data.limit_texts[i] : short(at)}`;
    reached.textContent =
      i === null ? "nothing fits under this limit" : `best ${data.goal}: ${data.goal_texts[i]}`;
    const [first, last] = data.every;
    const missing = i !== null && (i < first || i >= last) && i < data.limits.length - 1 && last - first + 1 < data.limits.length;
    gaps.textContent = missing && data.limits[i] !== at ? "steps are left out here: it is at least this good" : "";
    draw.hidden = !data.can_draw || i === null;
    back.disabled = at === data.now;
    copy.disabled = i === null;
    if (!parts) return;
    const { picture, line, dot, label, knob } = parts;
    const [left, top, right] = picture.frame;
    const x = Math.min(Math.max(pixel(picture.x, at), left), right);
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    knob.setAttribute("cx", x);
    knob.setAttribute("aria-valuenow", i === null ? -1 : i);
    knob.setAttribute("aria-valuetext", `${title.textContent}, ${reached.textContent}`);
    dot.style.display = label.style.display = i === null ? "none" : "";
    if (i === null) return;
    const y = pixel(picture.y, data.goals[i]);
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    label.textContent = at === data.now ? "" : data.goal_texts[i];
    // On the looser side the stairs are better, so the label stands where they are not.
    let looser = data.upper;
    if (looser ? right - x < 110 : x - left < 110) looser = !looser;
    const below = (looser === data.upper) === data.rising;
    label.setAttribute("x", looser ? x + 9 : x - 9);
    label.setAttribute("y", Math.max(below ? y + 17 : y - 9, top + 10));
    label.setAttribute("text-anchor", looser ? "start" : "end");
  }

  function dragTo(event) {
    if (!parts) return;
    const box = parts.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * parts.svg.viewBox.baseVal.width;
    const [left, , right] = parts.picture.frame;
    moveTo(inverse(parts.picture.x, Math.min(Math.max(x, left), right)));
  }
  plot.addEventListener("pointerdown", (event) => {
    plot.setPointerCapture(event.pointerId);
    if (parts) parts.knob.focus({ preventScroll: true });
    dragTo(event);
    event.preventDefault();
  });
  plot.addEventListener("pointermove", (event) => {
    if (plot.hasPointerCapture(event.pointerId)) dragTo(event);
  });

  showMarkup(head, data.head);
  showMarkup(table, data.table);
  zoom.hidden = !data.pictures.near;
  zoom.style.display = data.pictures.near ? "" : "none";
  const first = model.get("data").index;
  if (first !== data.holding && first !== null) at = data.limits[first];
  show(view);
  return follow(model, (state) => {
    const held = document.activeElement === parts?.knob || plot.matches(":active");
    if (index() !== state.index && !held) {
      if (state.index === data.holding) at = data.now;
      else if (state.index !== null) at = data.limits[state.index];
      place();
    }
    showMarkup(changes, state.changes);
    showMarkup(drawing, state.drawing);
    code.textContent = state.code;
    code.hidden = copy.hidden = !state.code;
  });
}

export default { render };
