// Named limits as bars. A click opens a limit's curve, which the kernel finds beside its cells.

function render({ model, el }) {
  const limits = make("div");
  const doing = make("span", { role: "status", class: "aw-quiet" });
  const cancel = make("button", { onclick: () => model.send({ kind: "cancel" }) }, "Cancel");
  const row = make("div", { class: "aw-row" }, doing, cancel);
  const below = make("div");
  el.append(make("div", { class: "aw" }, limits, make("div", { class: "aw-tight" }, row), below));

  limits.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-limit]");
    if (button) model.send({ kind: "open", name: button.dataset.limit });
  });

  let chart = null;
  let view = null;
  /** The view of the curve is a widget of its own, shown inside this one. */
  async function open(key) {
    if (key === chart) return;
    chart = key;
    view?.remove();
    view = null;
    if (!key) return;
    const found = await model.widget_manager.get_model(key.slice("IPY_MODEL_".length));
    const made = await model.widget_manager.create_view(found, {});
    if (chart !== key) return made.remove();
    view = made;
    below.replaceChildren(made.el);
    made.trigger?.("displayed");
  }

  return follow(model, (data) => {
    if (limits.dataset.body !== data.body) {
      limits.dataset.body = data.body;
      showMarkup(limits, data.body);
    }
    for (const button of limits.querySelectorAll("button[data-limit]")) {
      button.setAttribute("aria-expanded", button.dataset.limit === data.open);
    }
    doing.textContent = data.doing;
    row.style.display = data.doing ? "" : "none";
    if (!data.chart) {
      open("");
      showMarkup(below, data.below);
    } else {
      open(data.chart);
    }
  });
}

export default { render };
