// The architecture drawing. The kernel draws every picture; here are hover, focus, clicks and keys.

/** A picture of the kernel's bytes; the address of the one before is given back. */
function pictureOf(image, bytes) {
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  image.hidden = !bytes;
  if (bytes) image.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
}

/** The facts of a block beside it. */
function tipFor(root) {
  const tip = make("div", { class: "aw-tip", hidden: true, role: "status" });
  const show = (node, facts) => {
    const [head, ...rest] = facts;
    tip.replaceChildren(
      make("div", { class: "aw-tip-head" }, head[1]),
      make("table", {}, rest.map(([name, value]) =>
        make("tr", {}, make("td", { class: "aw-quiet" }, name), make("td", {}, value)))),
    );
    tip.hidden = false;
    const block = node.getBoundingClientRect();
    const frame = root.getBoundingClientRect();
    const left = Math.min(block.left - frame.left, frame.width - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(0, left)}px`;
    tip.style.top = `${block.bottom - frame.top + 4}px`;
  };
  return { tip, show, hide: () => { tip.hidden = true; } };
}

/** Lights up a block's lines, and its columns in the strips. */
function lightUp(section, node) {
  for (const lit of section.querySelectorAll(".aw-lit")) lit.classList.remove("aw-lit");
  const first = node ? Number(node.dataset.first) : 0;
  const stop = node ? Number(node.dataset.stop) : 0;
  for (const range of section.querySelectorAll(".aw-range")) {
    const step = Number(range.dataset.step);
    range.setAttribute("x", Number(range.dataset.left) + first * step);
    range.setAttribute("width", Math.max(0, stop - first) * step);
  }
  if (!node) return;
  node.classList.add("aw-lit");
  for (const edge of section.querySelectorAll(".aw-edge"))
    if (node.dataset.key && (edge.dataset.from === node.dataset.key || edge.dataset.to === node.dataset.key))
      edge.classList.add("aw-lit");
}

/** Makes the blocks of one network reachable and lively. */
function enliven(section, page, send, tip, kept, quiet) {
  const blocks = [...section.querySelectorAll(".aw-part[data-key]")];
  for (const svg of section.querySelectorAll("svg")) svg.setAttribute("role", "group");
  blocks.forEach((node, i) => {
    node.querySelector("title")?.remove(); // the tip says it
    const key = node.dataset.key;
    const facts = page.facts[key];
    const folds = node.classList.contains("aw-folded") || node.classList.contains("aw-open");
    node.setAttribute("tabindex", (kept ? key === kept : i === 0) ? "0" : "-1");
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", facts ? facts.map((f) => f.join(" ")).join(", ") : key);
    if (folds) node.setAttribute("aria-expanded", String(node.classList.contains("aw-open")));
    const enter = () => { lightUp(section, node); if (facts && !quiet.now) tip.show(node, facts); };
    const leave = () => { lightUp(section, null); tip.hide(); };
    node.addEventListener("mouseenter", enter);
    node.addEventListener("mouseleave", leave);
    node.addEventListener("focus", enter);
    node.addEventListener("blur", leave);
    const act = () => {
      tip.hide();
      if (folds) send({ kind: "toggle", name: page.name, key });
      else if (node.dataset.stop !== node.dataset.first)
        send({ kind: "open", name: page.name, leaf: Number(node.dataset.first) });
    };
    node.addEventListener("click", act);
    node.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Enter" || event.key === " ") act();
      else if (event.key === "Escape") tip.hide();
      else if (step && blocks[i + step]) {
        node.setAttribute("tabindex", "-1");
        blocks[i + step].setAttribute("tabindex", "0");
        blocks[i + step].focus();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
  });
  return blocks;
}

/** Where a click on a picture is, as shares of its height and width. */
function shares(event, node) {
  const box = node.getBoundingClientRect();
  return [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
}

function within(share, count) {
  return Math.min(count - 1, Math.max(0, Math.floor(share * count)));
}

/** The opened layer: a sheet of maps, one of them large, the arithmetic of one number. */
function openedPanel(model) {
  const sheet = make("img", { class: "aw-sheet", alt: "feature maps; click one", tabindex: "0" });
  const tileMark = make("div", { class: "aw-mark" });
  const map = make("img", { class: "aw-map", alt: "one map; click a pixel", tabindex: "0" });
  const pixelMark = make("div", { class: "aw-mark" });
  const title = make("div", {});
  const where = make("div", { class: "aw-quiet" });
  const left = make("div", { class: "aw-pane" }, make("div", { class: "aw-picture" }, sheet, tileMark));
  const right = make("div", { class: "aw-pane" }, make("div", { class: "aw-picture" }, map, pixelMark), where);
  const spectrum = make("div", {});
  const steps = make("div", { "aria-live": "polite" });
  const close = make("button", { title: "close this layer", onclick: () => model.send({ kind: "close" }) }, "close");
  const panel = make("div", { class: "aw-opened", hidden: true },
    make("div", { class: "aw-bar-of-buttons" }, title, close),
    make("div", { class: "aw-maps" }, left, right, spectrum), steps);
  let now = {};
  const ask = (channel, place) => model.send({ kind: "look", leaf: now.leaf, channel, place });
  const tile = (event) => {
    const [y, x] = shares(event, sheet);
    const row = Math.floor((y * now.size[0] - 0.5) / (now.tile[0] + 1));
    const column = Math.floor((x * now.size[1] - 0.5) / (now.tile[1] + 1));
    const channel = row * now.columns + Math.min(Math.max(column, 0), now.columns - 1);
    if (channel >= 0 && channel < now.count) ask(channel, now.place);
  };
  sheet.addEventListener("click", tile);
  sheet.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: now.columns, ArrowUp: -now.columns }[event.key];
    if (!step) return;
    const next = (now.channel ?? -step) + step;
    if (next >= 0 && next < now.count) ask(next, now.place);
    event.preventDefault();
    event.stopPropagation();
  });
  map.addEventListener("click", (event) => {
    const [y, x] = shares(event, map);
    ask(now.channel, [within(y, now.sides[0]), within(x, now.sides[1])]);
  });
  map.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!step || !now.place) return;
    const place = now.place.map((p, i) => p + step[i]);
    if (place.every((p, i) => p >= 0 && p < now.sides[i])) ask(now.channel, place);
    event.preventDefault();
    event.stopPropagation();
  });
  const at = (mark, shown, top, left, height, width) => {
    mark.hidden = !shown;
    Object.assign(mark.style, { top: `${top}%`, left: `${left}%`, height: `${height}%`, width: `${width}%` });
  };
  const draw = (data) => {
    const other = data.leaf !== now.leaf;
    now = data;
    panel.hidden = !data.title;
    if (!data.title) return;
    title.replaceChildren(make("b", {}, data.title), ` ${data.shape} `,
      make("span", { class: "aw-quiet" }, data.note,
        data.total > data.count ? `; the first ${data.count} of ${data.total} channels` : ""));
    pictureOf(sheet, data.sheet);
    pictureOf(map, data.map);
    left.hidden = !data.sheet;
    right.hidden = !data.map;
    if (data.sheet) {
      const [height, width] = data.size;
      sheet.style.width = `${Math.min(520, width * Math.max(1, Math.floor(520 / width)))}px`;
      const [h, w] = data.tile;
      const c = data.channel ?? -1;
      at(tileMark, c >= 0 && c < data.count,
        (100 * Math.floor(c / data.columns) * (h + 1)) / height, (100 * (c % data.columns) * (w + 1)) / width,
        (100 * (h + 2)) / height, (100 * (w + 2)) / width);
    }
    if (data.map) {
      const [h, w] = data.sides;
      map.style.width = `${Math.round(data.sheet ? Math.min(300, (300 * w) / h) : 420)}px`;
      map.style.height = `${Math.round(data.sheet ? Math.min(300, (300 * h) / w) : 200)}px`;
      const [y, x] = data.place ?? [0, 0];
      at(pixelMark, data.place, (100 * y) / h, (100 * x) / w, 100 / h, 100 / w);
    }
    where.textContent = data.place
      ? data.sheet ? `channel ${data.channel}, row ${data.place[0]}, column ${data.place[1]}`
        : `token ${data.place[0]}, unit ${data.place[1]}`
      : data.sheet ? "" : "click a number of [tokens × units]";
    showMarkup(spectrum, data.spectrum);
    showMarkup(steps, data.steps || (data.sheet ? '<div class="aw-quiet">click a map, then a pixel</div>' : ""));
    if (other) panel.scrollIntoView?.({ block: "nearest" });
  };
  return { panel, draw };
}

function render({ model, el }) {
  const root = make("div", { class: "aw aw-drawing" });
  el.append(root);
  const tip = tipFor(root);
  const opened = openedPanel(model);
  const body = make("div", {});
  const buttons = make("div", { class: "aw-bar-of-buttons" });
  root.append(buttons, body, opened.panel, tip.tip);
  let kept = null;
  const quiet = { now: false };
  const send = (message) => {
    kept = message.key ?? kept;
    model.send(message);
  };
  const endDrawing = follow(model, (data) => {
    const focused = root.contains(document.activeElement) && document.activeElement.dataset?.key;
    buttons.replaceChildren(
      ...(data.pages.length ? [make("span", { class: "aw-quiet" }, "height by")] : []),
      ...data.scales.map(([scale, title]) =>
        make("button", { title, "aria-pressed": String(scale === data.scale), onclick: () => send({ kind: "scale", scale }) }, scale)),
    );
    body.replaceChildren();
    showMarkup(body, data.still);
    for (const page of data.pages) {
      const section = make("div", {});
      showMarkup(section, page.markup);
      body.append(make("div", { class: "aw-caption aw-bar-of-buttons" }, make("span", {}, page.caption),
        page.open.length ? make("button", { onclick: () => send({ kind: "fold", name: page.name }) }, "fold all") : null), section);
      const blocks = enliven(section, page, send, tip, kept, quiet);
      quiet.now = true; // what was just clicked needs no telling again
      if (focused) blocks.find((node) => node.dataset.key === focused)?.focus({ preventScroll: true });
      quiet.now = false;
    }
  });
  const endOpened = follow(model, opened.draw, "opened");
  return () => { endDrawing(); endOpened(); };
}

export default { render };
