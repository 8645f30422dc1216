// The live chart: hover, click, brush and keys over the pictures that the kernel drew. What is
// picked is told to the kernel at once and drawn here at once; what the kernel says is drawn, too.

const NEAR = 26; // pixels within which a point is meant

function render({ model, el }) {
  const root = make("div", { class: "aw-front" });
  const foot = make("div", { class: "aw-front" });
  const result = make("div"); // of a run or a drawing, which have styles of their own
  el.append(make("div", { class: "aw" }, root, result, foot));
  const head = make("div");
  const plot = make("div", { class: "aw-plot", tabindex: 0, role: "application" });
  const wide = make("div", { class: "aw-plot aw-wide" });
  const tip = make("div", { class: "aw-hover", hidden: true });
  const side = make("div", { class: "aw-side" });
  const status = make("div", { class: "aw-row aw-said" });
  const said = make("span", { "aria-live": "polite" });
  const controls = make("div");
  const table = make("div");
  const why = make("div", { class: "aw-box" });
  const both = make("div", { class: "aw-both" }, plot, side);
  root.append(head, both, status, why, wide);
  const nothing = make("div"); // why there is no point
  root.after(nothing);
  foot.append(controls, table);

  const chart = { selected: null, hovered: null, ranges: {}, names: [], columns: {}, inside: null };
  const choices = new Map(); // texts by point, as the kernel told them
  const fields = new Map(); // of the goals, where ranges are typed
  let scene = {}; // of each picture: svg, axes, pixel columns, overlay groups

  // ------------------------------------------------------------------------------ what there is

  function readColumns() {
    chart.columns = {};
    for (const [name, column] of Object.entries(model.get("columns"))) {
      const view = column.numbers;
      const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
      chart.columns[name] = { ...column, numbers: new Float64Array(bytes) };
    }
  }
  const textOf = (name, i) => {
    const column = chart.columns[name];
    return column.marks ? column.texts[column.numbers[i]] : column.texts[i];
  };
  const pointText = (i) => chart.goals.map((g) => textOf(g.name, i)).join(", ");

  function readPictures() {
    readColumns();
    const pictures = model.get("pictures");
    Object.assign(chart, { size: pictures.size, goals: pictures.goals, pictures });
    showMarkup(head, pictures.head + pictures.single);
    showMarkup(table, pictures.table);
    showMarkup(nothing, pictures.nothing);
    scene = {};
    for (const [name, where] of [["scatter", plot], ["parallel", wide]]) {
      const picture = pictures[name];
      showMarkup(where, picture ? picture.svg : "");
      where.hidden = !picture;
      if (!picture) continue;
      const svg = where.querySelector("svg");
      const axes = picture.axes.map((axis) => {
        const place = toPixel(axis), numbers = chart.columns[axis.name].numbers;
        return { ...axis, place, pixels: Float64Array.from(numbers, place) };
      });
      // Three sheets: all points, those that are brushed, and what follows the pointer. A change
      // of one leaves the browser the others as they are.
      const brushed = sheet(svg), top = sheet(svg);
      const layers = { on: brushed };
      top.append(...svg.querySelectorAll(":scope > g")); // axes stay above the lines
      for (const layer of ["brush", "soft", "ring"]) {
        layers[layer] = shape("g");
        top.append(layers[layer]);
      }
      where.append(brushed, top);
      scene[name] = { svg, axes, frame: picture.frame, layers };
    }
    plot.append(tip);
    plot.setAttribute(
      "aria-label",
      `${chart.size} points; arrow keys walk along the front, Escape clears the brush`,
    );
    drawControls();
    drawn = null;
    redraw();
  }

  // --------------------------------------------------------------------------------- overlays

  function findInside() {
    const limits = Object.entries(chart.ranges).filter(([name]) => chart.columns[name]);
    if (!limits.length) return null;
    let inside = [];
    for (let i = 0; i < chart.size; i++) inside.push(i);
    for (const [name, [low, high]] of limits) {
      const numbers = chart.columns[name].numbers;
      inside = inside.filter((i) => numbers[i] >= low && numbers[i] <= high);
    }
    return inside;
  }

  function drawBrush(moving = false) {
    chart.inside = findInside();
    drawn = JSON.stringify(chart.ranges);
    const { scatter, parallel } = scene;
    for (const part of [scatter, parallel]) {
      if (!part) continue;
      part.svg.classList.toggle("aw-dimmed", chart.inside !== null);
      part.layers.on.replaceChildren();
      part.layers.brush.replaceChildren();
    }
    if (chart.inside === null) return;
    if (scatter) {
      const [x, y] = scatter.axes;
      const dots = scatter.svg.querySelector(".aw-dots");
      const size = dots.classList.contains("aw-square") ? 3 : 0; // as the kernel drew them all
      const short = (v) => Math.round(v * 10) / 10;
      const d = chart.inside.map((i) => `M${short(x.pixels[i] - size / 2)} ${short(y.pixels[i])}h${size}`);
      scatter.layers.on.append(
        shape("path", {
          d: d.join("") || "M0 0", class: dots.getAttribute("class"), "stroke-width": dots.getAttribute("stroke-width"),
        }),
      );
      const [left, top, right, low] = scatter.frame;
      const a = ends(x, left, right), b = ends(y, top, low);
      if (chart.ranges[x.name] || chart.ranges[y.name]) {
        scatter.layers.brush.append(
          shape("rect", {
            x: a[0], y: b[0], width: Math.max(1, a[1] - a[0]), height: Math.max(1, b[1] - b[0]),
            class: "aw-brush",
          }),
        );
      }
    }
    if (parallel) {
      const xs = parallel.axes.map((axis) => axis.at);
      const pieces = new Set();
      // While a brush moves, a few hundred lines stand for thousands; all come when it rests.
      const step = moving ? Math.ceil(chart.inside.length / 500) : 1;
      for (let g = 0; g + 1 < xs.length; g++) {
        const one = parallel.axes[g].pixels, two = parallel.axes[g + 1].pixels;
        for (let n = 0; n < chart.inside.length; n += step) {
          const i = chart.inside[n];
          pieces.add(`M${xs[g]} ${Math.round(one[i])}L${xs[g + 1]} ${Math.round(two[i])}`);
        }
      }
      const opacity = chart.inside.length <= 60 ? 0.8 : chart.inside.length <= 600 ? 0.4 : 0.15;
      parallel.layers.on.append(
        shape("path", {
          d: [...pieces].join("") || "M0 0", class: "aw-lines", "stroke-opacity": opacity,
        }),
      );
      for (const axis of parallel.axes) {
        if (!chart.ranges[axis.name]) continue;
        const [top, low] = ends(axis, parallel.frame[1], parallel.frame[3]);
        parallel.layers.brush.append(
          shape("rect", {
            x: axis.at - 7, y: top, width: 14, height: Math.max(2, low - top), class: "aw-grip",
          }),
        );
      }
    }
  }

  /** The pixels of a brushed range, or the ends of the frame. */
  function ends(axis, from, to) {
    const range = chart.ranges[axis.name];
    if (!range) return [from, to];
    const found = range.map((v) => axis.place(axis.log ? Math.max(v, axis.low / 10) : v));
    const inFrame = (v) => Math.max(from, Math.min(to, v));
    return [inFrame(Math.min(...found)), inFrame(Math.max(...found))];
  }

  function drawPoint(layer, i, soft) {
    const { scatter, parallel } = scene;
    for (const part of [scatter, parallel]) if (part) part.layers[layer].replaceChildren();
    if (i === null) return;
    if (scatter) {
      const [x, y] = scatter.axes.map((axis) => axis.pixels[i]);
      const group = scatter.layers[layer];
      group.append(
        shape("circle", { cx: x, cy: y, r: soft ? 8 : 6.5, class: soft ? "aw-ring-soft" : "aw-ring" }),
      );
      if (!soft) {
        const [left, top, right] = scatter.frame, end = x > right - 172;
        group.append(
          shape("text", {
            x: end ? x - 11 : x + 11, y: Math.max(y - 9, top + 9),
            "text-anchor": end ? "end" : null, class: "aw-label",
          }, scatter.axes.map((axis) => textOf(axis.name, i)).join(", ")),
        );
      }
    }
    if (parallel) {
      const way = parallel.axes.map((axis) => `${axis.at} ${axis.pixels[i].toFixed(1)}`);
      parallel.layers[layer].append(
        shape("path", { d: `M${way.join("L")}`, class: soft ? "aw-line-soft" : "aw-line-on" }),
      );
    }
  }

  let drawn = null; // the ranges that the sheets show
  function redraw() {
    if (drawn !== JSON.stringify(chart.ranges)) drawBrush();
    drawPoint("soft", chart.hovered, true);
    drawPoint("ring", chart.selected, false);
    drawStatus();
    drawSide();
  }

  // ------------------------------------------------------------------------------- what is said

  const rangeText = ([name, [low, high]]) => {
    const column = chart.columns[name];
    if (!column) return `${name} (not shown)`;
    if (column.marks) {
      const some = column.texts.filter((_, place) => place >= low && place <= high);
      return `${name}: ${some.join(", ") || "nothing"}`;
    }
    const goal = chart.goals.find((g) => g.name === name);
    const unit = goal && goal.unit ? ` ${goal.unit}` : "";
    return `${name} ${shown(low)} to ${shown(high)}${unit}`;
  };

  function drawStatus() {
    status.hidden = !scene.scatter;
    for (const [name, pair] of fields) {
      pair.forEach((field, place) => {
        if (field !== document.activeElement) field.value = chart.ranges[name]?.[place] ?? "";
      });
    }
    const limits = Object.entries(chart.ranges);
    if (chart.inside === null) {
      said.textContent = "Click a point, drag over points or along an axis; arrow keys walk.";
      said.className = "aw-quiet";
      status.replaceChildren(said);
      return;
    }
    const many = chart.inside.length;
    said.className = "";
    said.textContent =
      (many ? `${many.toLocaleString("en")} of ${chart.size.toLocaleString("en")} points` : "No point")
      + ` within ${limits.map(rangeText).join(", ")}.`;
    const parts = [said];
    if (!many && can("explain")) {
      parts.push(make("button", { onclick: () => model.send({ kind: "why" }) }, "why nothing here"));
    }
    parts.push(make("button", { onclick: () => brush({}) }, "clear"));
    status.replaceChildren(...parts);
  }
  const can = (what) => (model.get("data").can || []).includes(what);

  const title = make("h4");
  const chosen = make("div", { class: "aw-chosen" });
  const buttons = make("div", { class: "aw-row" });
  const code = make("pre", { class: "aw-code" });
  const goalsTable = make("table");
  side.append(title, goalsTable, buttons, chosen, code);
  let copied = false;

  function drawSide() {
    const data = model.get("data"), i = chart.selected;
    const settledOn = data.selected === i; // what the kernel told is of this point
    side.hidden = !chart.size;
    title.textContent = i === null ? "No point selected" : `Point ${i.toLocaleString("en")}`;
    title.className = i === null ? "aw-quiet" : "";
    const rows = i === null ? [] : chart.goals.map((g) =>
      make("tr", {}, make("td", {}, g.name), make("td", { class: "aw-number" }, textOf(g.name, i))));
    goalsTable.replaceChildren(...rows);
    showMarkup(chosen, i !== null && settledOn ? data.details : "");
    code.hidden = !copied || i === null || !settledOn;
    code.textContent = code.hidden ? "" : data.code;
    const wanted = i === null ? `none of ${chart.size}` : `${can("run")},${can("draw")},${i},${settledOn && !!data.code}`;
    if (buttons.dataset.for !== wanted) {
      buttons.dataset.for = wanted;
      const ask = (kind) => () => model.send({ kind });
      const only = chart.size === 1 && i === null;
      buttons.replaceChildren(...(i === null ? [
        only ? make("button", { onclick: () => select(0) }, "select it") : null,
      ].filter(Boolean) : [
        can("run") ? make("button", { onclick: ask("run") }, "run this one") : null,
        can("draw") ? make("button", { onclick: ask("draw") }, "draw it") : null,
        make("button", { onclick: copy, disabled: !(settledOn && data.code) }, "copy as code"),
        make("button", { onclick: () => select(null) }, "clear"),
      ].filter(Boolean)));
    }
    const reason = chart.inside !== null && !chart.inside.length ? data.why : "";
    why.hidden = !reason;
    if (why.dataset.html !== reason) showMarkup(why, reason), (why.dataset.html = reason);
    const found = data.result;
    if (result.dataset.html !== found) showMarkup(result, found), (result.dataset.html = found);
  }

  function copy() {
    copied = true;
    const text = model.get("data").code;
    if (navigator.clipboard) navigator.clipboard.writeText(text).catch(() => {});
    drawSide();
  }

  // -------------------------------------------------------------------------------- what is done

  const tellBrush = settled(60, () => model.send({ kind: "brush", ranges: chart.ranges }));
  const tellSelect = settled(15, () => model.send({ kind: "select", index: chart.selected }));
  const askChoices = settled(60, (i) => model.send({ kind: "look", index: i }));
  let told = 0; // when something was last picked here

  function select(i) {
    chart.selected = i;
    told = performance.now();
    drawPoint("ring", i, false);
    drawSide();
    tellSelect();
  }
  let frame = null;
  function brush(ranges) {
    chart.ranges = ranges;
    told = performance.now();
    if (frame === null) {
      frame = requestAnimationFrame(() => {
        frame = null;
        drawBrush(drag !== null || along !== null);
        drawStatus();
        drawSide();
      });
    }
    tellBrush();
  }

  function follower(data) {
    // A state that was sent before the last pick here is old: the kernel answers every pick.
    if (performance.now() - told > 400 || same(data)) {
      chart.selected = data.selected;
      chart.ranges = data.ranges;
      redraw();
    } else {
      drawSide();
      again();
    }
  }
  const again = settled(450, () => follower(model.get("data")));
  const same = (data) =>
    data.selected === chart.selected && JSON.stringify(data.ranges) === JSON.stringify(chart.ranges);

  // ------------------------------------------------------------------------------ pointer, keys

  let drag = null, along = null; // a brush that is being drawn: over points, along an axis
  function released() {
    const moved = (drag && drag.moved) || (along && along.moved);
    drag = along = null;
    if (moved) drawBrush();
  }

  /** Where an event is, in the units of a picture. */
  function spot(event, svg) {
    const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
    const scale = view.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }
  function nearest([px, py]) {
    const [x, y] = scene.scatter.axes;
    let best = null, least = NEAR * NEAR;
    for (let i = 0; i < chart.size; i++) {
      const d = (x.pixels[i] - px) ** 2 + (y.pixels[i] - py) ** 2;
      const hidden = chart.inside !== null && chart.inside.length && !member(i);
      if (d < least && !hidden) [best, least] = [i, d];
    }
    return best;
  }
  let members = [null, null];
  function member(i) {
    if (members[0] !== chart.inside) members = [chart.inside, new Set(chart.inside)];
    return members[1].has(i);
  }
  function nearestLine([px, py]) {
    const { axes } = scene.parallel;
    let g = axes.findIndex((axis) => axis.at > px) - 1;
    if (g === -2) g = axes.length - 2;
    g = Math.max(0, g);
    const share = Math.max(0, Math.min(1, (px - axes[g].at) / (axes[g + 1].at - axes[g].at)));
    let best = null, least = NEAR / 2;
    for (let i = 0; i < chart.size; i++) {
      const y = axes[g].pixels[i] * (1 - share) + axes[g + 1].pixels[i] * share;
      const d = Math.abs(y - py);
      if (d < least && (chart.inside === null || !chart.inside.length || member(i))) [best, least] = [i, d];
    }
    return best;
  }

  function hover(i, at) {
    if (i !== chart.hovered) {
      chart.hovered = i;
      drawPoint("soft", i, true);
      if (i !== null && !choices.has(i)) askChoices(i);
    }
    drawTip(at);
  }
  function drawTip(at) {
    const i = chart.hovered;
    tip.hidden = i === null || !at || !scene.scatter;
    if (tip.hidden) return;
    const rows = chart.goals.map((g) =>
      make("tr", {}, make("td", {}, g.name), make("td", { class: "aw-number" }, textOf(g.name, i))));
    tip.replaceChildren(
      make("b", {}, `Point ${i}`), make("table", {}, rows), make("div", {}, choices.get(i) || ""),
    );
    const { svg, axes } = scene.scatter, box = svg.getBoundingClientRect();
    const scale = box.width / svg.viewBox.baseVal.width;
    const x = axes[0].pixels[i] * scale, y = axes[1].pixels[i] * scale;
    const left = x > box.width * 0.6;
    tip.style.left = left ? "" : `${x + 14}px`;
    tip.style.right = left ? `${plot.clientWidth - x + 14}px` : "";
    const low = y > box.height * 0.6;
    tip.style.top = low ? "" : `${y + 10}px`;
    tip.style.bottom = low ? `${plot.clientHeight - y + 10}px` : "";
  }

  plot.addEventListener("pointerdown", (event) => {
    if (!scene.scatter || event.button) return;
    drag = { from: spot(event, scene.scatter.svg), moved: false };
    capture(plot, event);
    event.preventDefault();
    plot.focus({ preventScroll: true });
  });
  plot.addEventListener("pointermove", (event) => {
    if (!scene.scatter) return;
    const at = spot(event, scene.scatter.svg);
    if (!drag) return hover(nearest(at), true);
    if (Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) > 5) drag.moved = true;
    if (!drag.moved) return;
    hover(null);
    const [x, y] = scene.scatter.axes, [left, top, right, low] = scene.scatter.frame;
    const within = (v, a, b) => Math.max(a, Math.min(b, v));
    const others = { ...chart.ranges };
    others[x.name] = [drag.from[0], at[0]].map((v) => rounded(x, fromPixel(x, within(v, left, right)))).sort((a, b) => a - b);
    others[y.name] = [drag.from[1], at[1]].map((v) => rounded(y, fromPixel(y, within(v, top, low)))).sort((a, b) => a - b);
    brush(others);
  });
  plot.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const at = spot(event, scene.scatter.svg);
    if (!drag.moved) {
      const i = nearest(at);
      if (i !== null) select(i);
      else if (chart.inside !== null) brush({});
    }
    released();
  });
  plot.addEventListener("pointercancel", released);
  plot.addEventListener("pointerleave", () => hover(null));

  wide.addEventListener("pointerdown", (event) => {
    if (!scene.parallel || event.button) return;
    const at = spot(event, scene.parallel.svg);
    const axis = scene.parallel.axes.find((a) => Math.abs(a.at - at[0]) < 11);
    along = { axis, from: at[1], moved: false };
    if (axis) capture(wide, event), event.preventDefault();
  });
  wide.addEventListener("pointermove", (event) => {
    if (!scene.parallel) return;
    const at = spot(event, scene.parallel.svg);
    if (!along || !along.axis) return hover(nearestLine(at), true);
    if (Math.abs(at[1] - along.from) > 4) along.moved = true;
    if (!along.moved) return;
    const { axis } = along, [, top, , low] = scene.parallel.frame;
    const pair = [along.from, at[1]].map((v) => {
      const number = fromPixel(axis, Math.max(top, Math.min(low, v)));
      return axis.marks ? number : rounded(axis, number);
    });
    brush({ ...chart.ranges, [axis.name]: pair.sort((a, b) => a - b) });
  });
  wide.addEventListener("pointerup", (event) => {
    if (along && !along.moved) {
      const at = spot(event, scene.parallel.svg);
      if (along.axis && chart.ranges[along.axis.name]) {
        const { [along.axis.name]: gone, ...others } = chart.ranges;
        brush(others);
      } else {
        const i = nearestLine(at);
        if (i !== null) select(i);
      }
    }
    released();
  });
  wide.addEventListener("pointercancel", released);
  wide.addEventListener("pointerleave", () => hover(null));

  plot.addEventListener("keydown", (event) => {
    if (!chart.size) return;
    // With a brush the keys walk among the points that it holds.
    const walk = chart.inside && chart.inside.length ? chart.inside : null;
    const many = walk ? walk.length : chart.size;
    let place = chart.selected === null ? -1 : walk ? walk.indexOf(chart.selected) : chart.selected;
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (event.key in steps) {
      if (place < 0) place = steps[event.key] > 0 ? -1 : many;
      place += steps[event.key];
    } else if (event.key === "Home") place = 0;
    else if (event.key === "End") place = many - 1;
    else if (event.key === "Escape") {
      if (chart.inside !== null) brush({});
      else select(null);
      event.preventDefault();
      event.stopPropagation();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
    place = Math.max(0, Math.min(many - 1, place));
    select(walk ? walk[place] : place);
  });

  // ----------------------------------------------------------------------------------- controls

  function drawControls() {
    const { goals, x, y, logs, can_log, choices: beside, choice_names } = chart.pictures;
    const show = (change) => model.send({ kind: "show", x, y, logs, choices: beside, ...change });
    if (!chart.size) return controls.replaceChildren();
    const pick = (label, now, other, change) =>
      make("label", {}, label, make("select", {
        onchange: (event) => show(change(event.target.value)),
      }, goals.map((g) => make("option", { selected: g.name === now }, g.name))));
    const rows = [];
    const axes = [];
    if (goals.length > 2) {
      axes.push(pick("across", x, y, (v) => (v === y ? { x: v, y: x } : { x: v })));
      axes.push(pick("up", y, x, (v) => (v === x ? { y: v, x: y } : { y: v })));
    }
    for (const name of can_log) {
      const box = make("input", { type: "checkbox", onchange: (event) =>
        show({ logs: event.target.checked ? [...logs, name] : logs.filter((n) => n !== name) }) });
      box.checked = logs.includes(name);
      axes.push(make("label", {}, box, `${name} logarithmic`));
    }
    if (axes.length) rows.push(make("div", { class: "aw-row" }, axes));
    rows.push(make("div", { class: "aw-row" }, goals.map(limits)));
    if (choice_names.length) {
      const boxes = choice_names.map((name) => {
        const box = make("input", { type: "checkbox", onchange: (event) =>
          show({ choices: event.target.checked ? [...beside, name] : beside.filter((n) => n !== name) }) });
        box.checked = beside.includes(name);
        return make("label", {}, box, name);
      });
      rows.push(make("details", { open: beside.length > 0 },
        make("summary", {}, `choices on parallel axes (${choice_names.length})`),
        make("div", { class: "aw-names" }, boxes)));
    }
    const open = controls.firstChild ? controls.firstChild.open : false;
    controls.replaceChildren(
      make("details", { open }, make("summary", {}, "axes and limits"), rows));
  }
  /** Two fields that brush a goal by keys. */
  function limits(goal) {
    const field = (place) => make("input", {
      type: "number", step: "any", onchange: read,
      "aria-label": `${place ? "most" : "least"} ${goal.name}`,
    });
    const pair = [field(0), field(1)];
    fields.set(goal.name, pair);
    function read() {
      const { [goal.name]: gone, ...others } = chart.ranges;
      const numbers = chart.columns[goal.name].numbers;
      const [low, high] = pair.map((f) => (f.value === "" ? null : Number(f.value)));
      if (low === null && high === null) return brush(others);
      const least = low ?? numbers.reduce((a, b) => Math.min(a, b));
      const most = high ?? numbers.reduce((a, b) => Math.max(a, b));
      brush({ ...others, [goal.name]: [least, most].sort((a, b) => a - b) });
    }
    return make("label", {}, `${goal.name} from`, pair[0], "to", pair[1], goal.unit);
  }

  // -------------------------------------------------------------------------------------- start

  const data = model.get("data");
  chart.selected = data.selected;
  chart.ranges = data.ranges;
  const stop = [follow(model, readPictures, "pictures"), follow(model, follower)];
  const heard = (message) => {
    if (message.kind !== "choices") return;
    choices.set(message.index, message.text);
    if (message.index === chart.hovered) drawTip(true);
  };
  model.on("msg:custom", heard);
  return () => {
    stop.forEach((end) => end());
    model.off("msg:custom", heard);
  };
}

export default { render };
