// The conflict panel: the painted text comes drawn; here are its buttons.

/** A sentence whose names stand in backquotes. */
function sentence(text) {
  return text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));
}

function repairItem(model, repair, index) {
  const item = make("li", {});
  const send = (value) => model.send({ kind: "repair", index, value });
  if (!repair.applies) {
    item.append(...sentence(repair.text));
  } else if (repair.values.length > 1) {
    const name = repair.text.slice(0, repair.text.indexOf(" = "));
    item.append(`${name} = `);
    repair.values.forEach((value, i) =>
      item.append(
        make("button", { onclick: () => send(i), title: `set ${name} to ${value}` }, value),
        " ",
      ),
    );
  } else {
    item.append(make("button", { onclick: () => send(null) }, sentence(repair.text)));
  }
  if (repair.verified) item.append(" ", make("span", { class: "aw-proved" }, "✓ solved again"));
  return item;
}

function render({ model, el }) {
  const root = make("div", { class: "aw" });
  el.append(root);
  return follow(model, (data) => {
    const body = make("div", {});
    showMarkup(body, data.body);
    const heading = data.repairs.length
      ? "What would mend it"
      : data.complete
        ? "No single change mends it."
        : "Stopped before a repair was found.";
    const repairs = data.repairs.map((repair, i) => repairItem(model, repair, i));
    if (data.repairs.length && !data.complete)
      repairs.push(make("li", {}, "… stopped before every change was tried"));
    const result = make("div", { "aria-live": "polite" });
    showMarkup(result, data.result);
    const step = (kind, text, on) =>
      make("button", { disabled: !on, onclick: () => model.send({ kind }) }, text);
    root.replaceChildren(
      body,
      make("div", { class: "aw-quiet" }, heading),
      make("ul", { class: "aw-repairs" }, repairs),
      make(
        "div",
        { class: "aw-conflict-buttons" },
        step("previous", "‹ previous", data.previous),
        make("span", { class: "aw-quiet" }, data.place),
        step("another", "show another ›", data.next && !data.busy),
        make(
          "span",
          { class: "aw-quiet", role: "status" },
          data.busy ? `${data.busy} …` : data.trouble || (data.all && !data.next ? "there is no other" : ""),
        ),
      ),
      result,
    );
  });
}

export default { render };
