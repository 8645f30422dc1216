// What the views' scripts share. A view's own script follows this text in the same module.

/** An element with attributes, properties (`on…` are listeners) and children; text is never markup. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

/** Calls `draw` now and after every change of `data`; gives back what ends it. */
function follow(model, draw, trait = "data") {
  const redraw = () => draw(model.get(trait));
  model.on(`change:${trait}`, redraw);
  redraw();
  return () => model.off(`change:${trait}`, redraw);
}

/** The last of many calls within `wait` milliseconds. */
function settled(wait, call) {
  let timer = null;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), wait);
  };
}

/** Shows HTML or SVG that the kernel made; it has escaped whatever came from a spec. */
function showMarkup(node, markup) {
  node.innerHTML = markup || "";
}
