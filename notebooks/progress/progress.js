// A running question: what the kernel drew, and the button that ends it.

function render({ model, el }) {
  const shown = make("div", { "aria-live": "off" });
  const cancel = make(
    "button",
    {
      title: "end now and keep the best so far",
      onclick: () => {
        cancel.disabled = true;
        cancel.textContent = "cancelling …";
        model.send({ kind: "cancel" });
      },
    },
    "Cancel",
  );
  const head = make("div", { class: "aw-progress-head" }, cancel);
  el.append(make("div", { class: "aw" }, head, shown));
  return follow(model, (data) => {
    showMarkup(shown, data.body);
    head.style.display = data.ended ? "none" : "";
    if (data.cancelled) cancel.disabled = true;
  });
}

export default { render };
