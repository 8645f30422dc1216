// The explorer's page: the bar, the values and the constraints. Python's state is the truth; every
// click is a message, and what comes back is drawn.

const DELAY = 250; // ms that the pointer rests on a grey value before it is asked why
const LARGE = 40; // members of a family that is folded at first where there are many choices
const ROOM = 700; // px for a grid of a family
const FEW = 6; // values left of a long domain that stand as buttons, too
const glyphs = { true: "✓", false: "✗" };

// ------------------------------------------------------------------------------------- the bar

function bar(model, root) {
  const say = (kind) => () => model.send({ kind });
  const button = (text, kind, title, extra = "") =>
    make("button", { type: "button", class: extra, title, onclick: say(kind) }, text);
  const name = make("span", { class: "aw-x-name" });
  const digest = make("span", { class: "aw-quiet" });
  const number = make("span", { class: "aw-x-number", role: "status", "aria-live": "polite" });
  const undo = button("↶ Undo", "undo", "One step back (Ctrl+Z)");
  const redo = button("↷ Redo", "redo", "One step forth (Ctrl+Shift+Z)");
  const reset = button("Reset", "reset", "Back to the start");
  const complete = button("Complete", "complete", "Fix everything else to the best completion", "aw-x-main");
  const copy = make("button", { type: "button", title: "Python that recreates this state" }, "Copy code");
  const sentence = make("span", { class: "aw-quiet" });
  const goals = make("span", { class: "aw-x-line" });
  const doing = make("span");
  const cancel = button("Cancel", "cancel", "Stop; what is known stays");
  const busy = make("span", { class: "aw-x-busy" }, make("span", { class: "aw-x-spin" }), doing, cancel);
  const notes = make("div");
  const code = make("pre", { tabindex: 0 });
  const fold = make("details", { class: "aw-x-code" }, make("summary", {}, "code"), code);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      copy.textContent = "Copied";
    } catch {
      fold.open = true; // the clipboard is refused: show what to copy, selected
      const range = document.createRange();
      range.selectNodeContents(code);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    }
    setTimeout(() => (copy.textContent = "Copy code"), 1500);
  });
  root.classList.add("aw-x-bar");
  root.append(
    make("div", { class: "aw-x-line" }, name, digest, sentence, make("span", { class: "aw-x-space" }),
      make("span", { class: "aw-x-tools" }, undo, redo, reset, copy, complete)),
    make("div", { class: "aw-x-line aw-x-status" }, number, goals, make("span", { class: "aw-x-space" }), busy),
    notes, fold);
  model.on("comm_live_update", () => { // the kernel ended or was restarted; a later change shows that it lives
    busy.classList.add("aw-x-idle");
    [undo, redo, reset, complete].forEach((node) => (node.disabled = true));
    notes.replaceChildren(make("div", { class: "aw-x-note", role: "alert" },
      "The kernel of this explorer has ended; what is shown is its last state. Run the cell again to go on."));
  });
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  return follow(model, (data) => {
    if (!data.spec) return;
    put(name, data.spec);
    name.title = data.path;
    put(digest, `text ${data.digest}`);
    put(number, data.number);
    number.classList.toggle("aw-x-waiting", !data.counted);
    put(sentence, data.sentence);
    put(doing, data.busy ? `${data.busy}…` : "");
    busy.classList.toggle("aw-x-idle", !data.busy);
    put(code, data.code);
    undo.disabled = !data.undo;
    redo.disabled = !data.redo;
    complete.disabled = data.infeasible;
    const proof = data.proved ? make("span", { class: "aw-x-proved" }, "● proved best")
      : make("span", { class: "aw-x-unproved" }, "◐ best so far");
    goals.replaceChildren(...(data.goals.length && !data.infeasible ? [
      make("span", { class: "aw-quiet" }, "best"),
      ...data.goals.map(([goal, value]) =>
        make("span", { class: "aw-x-goal" }, `${goal} `, make("strong", {}, value))), proof] : []));
    const told = [];
    if (data.changed) told.push("The file has another text by now; this explorer keeps to the one it was opened with.");
    if (data.unwound.length) told.push(`Set aside, since it does not exist under these parameters: ${data.unwound.join(", ")}.`);
    if (data.refused) told.push(data.refused.message);
    notes.replaceChildren(
      ...told.map((text) => make("div", { class: "aw-x-note", role: "alert" }, text)),
      ...(data.infeasible ? [banner(data.why)] : []));
  });

  function banner(why) {
    const box = make("div", { class: "aw-x-why aw-x-banner", role: "alert" });
    if (why) explained(box, why, model);
    else box.append(make("p", { class: "aw-x-sentence" }, "nothing fits; looking for the conflict…"));
    return box;
  }
}

/** A conflict: its sentence, each constraint with its reason and terms, repairs as buttons. */
function explained(box, why, model, done = () => {}) {
  box.append(make("p", { class: "aw-x-sentence" }, // names stand between backticks
    why.sentence.split("`").map((text, i) => (i % 2 ? make("code", {}, text) : text))));
  for (const member of why.members) {
    box.append(make("p", {}, make("code", {}, member.name), " ", member.reason || member.text,
      member.terms.length ? make("span", { class: "aw-x-terms" }, ` (${member.terms.join("; ")})`) : null));
  }
  if (why.repairs === null || why.repairs === undefined) {
    if (why.pinned || !why.subject) box.append(make("p", { class: "aw-quiet" }, "looking for repairs…"));
    return;
  }
  const rows = why.repairs.map(({ text, actions }) => make("span", { class: "aw-x-repair" },
    actions.length ? null : text,
    actions.slice(0, 6).map((action) => make("button", {
      type: "button", title: text,
      onclick: () => {
        done();
        const wanted = why.choice === undefined ? null : [why.choice, why.place];
        model.send({ kind: "apply", action, wanted });
      },
    }, action.label))));
  if (rows.length) box.append(make("div", { class: "aw-x-repairs" }, make("span", { class: "aw-quiet" }, "repair:"), rows));
}

// ------------------------------------------------------------------------------------ the values

function values(model, root) {
  root.classList.add("aw-x-choices");
  root.setAttribute("data-lm-suppress-shortcuts", "true"); // the notebook's keys are not meant here
  const card = make("div", { class: "aw-x-why", id: `aw-why-${model.model_id || "x"}`, role: "status", hidden: true });
  const wrong = make("div", { class: "aw-x-wrong", role: "alert" });
  let drawn = [], tables = [], wanted = null, anchor = null, timer = null;

  const send = (message) => model.send(message);
  const hide = () => { clearTimeout(timer); card.hidden = true; wanted = null; anchor = null; };

  function ask(choice, place, node, repairs) {
    wanted = `${choice}/${place}`;
    anchor = node;
    send({ kind: "why", choice, place, repairs });
  }

  function place(node) {
    const frame = root.getBoundingClientRect(), at = node.getBoundingClientRect();
    card.style.top = `${at.bottom - frame.top + 5}px`;
    card.style.left = "0px";
    card.hidden = false;
    card.style.left = `${Math.max(0, Math.min(at.left - frame.left - 12, frame.width - card.offsetWidth - 4))}px`;
  }

  function showWhy(why) {
    if (!why.sentence || wanted !== `${why.choice}/${why.place}` || !anchor || !anchor.isConnected) return;
    card.replaceChildren();
    if (why.pinned) {
      card.append(make("button", { type: "button", class: "aw-x-close", title: "Close (Escape)", onclick: hide }, "×"));
    }
    explained(card, why, model, hide);
    anchor.setAttribute("aria-describedby", card.id);
    anchor.title = "";
    card.dataset.pinned = why.pinned ? "yes" : "";
    place(anchor);
  }

  /** What a pointer or the focus on a value asks for. */
  function rest(choice, at, node, grey) {
    clearTimeout(timer);
    if (card.dataset.pinned && !card.hidden) return;
    if (!grey()) { hide(); return; }
    timer = setTimeout(() => ask(choice, at(), node, false), DELAY);
  }

  function leave() {
    clearTimeout(timer);
    if (!card.dataset.pinned) hide();
  }

  function act(choice, at, node) {
    const [marks, fixed] = model.get("data").choices[choice];
    if (fixed === at) return send({ kind: "release", choice });
    if (excluded(marks, at)) return ask(choice, at, node, true);
    hide();
    card.dataset.pinned = "";
    send({ kind: "fix", choice, place: at });
  }

  const excluded = (marks, at) =>
    typeof marks === "string" ? marks[at] === "x" : !marks.some(([a, b]) => a <= at && at <= b);

  // ---- controls; each gives back a function that draws what is known

  function buttons(choice, index) {
    const group = make("span", { class: "aw-x-group", role: "radiogroup", "aria-label": choice.key });
    const order = choice.kind === "flag" ? [1, 0].filter((i) => i < choice.size) : [...Array(choice.size).keys()];
    const nodes = [];
    for (const at of order) {
      const text = choice.texts[at];
      const node = make("button", {
        type: "button", class: "aw-x-v", role: "radio", tabindex: -1, "aria-label": `${choice.key} = ${text}`,
        "data-choice": choice.key, "data-value": text,
        onclick: () => act(index, at, node),
        onpointerenter: () => rest(index, () => at, node, () => node.classList.contains("aw-x-x")),
        onpointerleave: leave,
        onfocus: () => { nodes.forEach((n) => (n.tabIndex = -1)); node.tabIndex = 0;
          rest(index, () => at, node, () => node.classList.contains("aw-x-x")); },
      }, choice.kind === "flag" ? glyphs[text] : text);
      nodes[at] = node;
      group.append(node);
    }
    const shown = order.map((at) => nodes[at]);
    group.addEventListener("keydown", (event) => {
      const here = shown.indexOf(document.activeElement);
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) shown[(here + step + shown.length) % shown.length].focus();
      else if (event.key === "Home") shown[0].focus();
      else if (event.key === "End") shown[shown.length - 1].focus();
      else if (event.key === "Backspace" || event.key === "Delete") send({ kind: "release", choice: index });
      else return;
      event.preventDefault();
    });
    shown[0].tabIndex = 0;
    group.draw = ([marks, fixed, best, flags]) => {
      const inactive = flags.includes("i"), exact = flags.includes("e");
      const left = [...marks].filter((m) => m !== "x").length;
      group.classList.toggle("aw-x-none", inactive);
      group.title = inactive ? `no choice here: ${choice.guard}` : "";
      for (const at of order) {
        const node = nodes[at], mark = marks[at], on = at === fixed;
        node.className = `aw-x-v aw-x-${exact && mark === "o" ? "p" : mark}` + (on ? " aw-x-fixed" : "")
          + (at === best ? " aw-x-best" : "") + (fixed < 0 && left === 1 && mark !== "x" && !inactive ? " aw-x-forced" : "");
        node.setAttribute("aria-checked", on);
        node.setAttribute("aria-disabled", mark === "x");
      }
      if (document.activeElement && group.contains(document.activeElement)) return;
      nodes.forEach((node, at) => (node.tabIndex = at === (fixed < 0 ? order[0] : fixed) ? 0 : -1));
    };
    return group;
  }

  const textOf = (choice, at) => choice.texts ? choice.texts[at]
    : `${(choice.low + choice.by * at).toLocaleString("en").replaceAll(",", "_")}${choice.unit ? ` ${choice.unit}` : ""}`;

  function strip(choice, index) {
    const n = choice.size, percent = (at) => `${(100 * at) / n}%`;
    const cursor = make("em", { hidden: true });
    const track = make("span", { class: "aw-x-track", role: "slider", tabindex: 0, "aria-label": choice.key,
      "aria-valuemin": 0, "aria-valuemax": n - 1, "data-choice": choice.key });
    const input = make("input", { type: "text", "aria-label": `${choice.key}, typed`, "data-choice": choice.key });
    let now = [[], -1, -1, ""], at = 0;
    const point = (event) => {
      const box = track.getBoundingClientRect();
      return Math.max(0, Math.min(n - 1, Math.floor(((event.clientX - box.left) / box.width) * n)));
    };
    const move = (to) => {
      at = Math.max(0, Math.min(n - 1, to));
      cursor.hidden = false;
      cursor.style.left = percent(at + 0.5);
      track.setAttribute("aria-valuenow", at);
      track.setAttribute("aria-valuetext", textOf(choice, at) + (excluded(now[0], at) ? ", impossible" : ""));
      track.title = `${choice.key} = ${textOf(choice, at)}${excluded(now[0], at) ? " (impossible)" : ""}`;
      input.value = textOf(choice, at);
      rest(index, () => at, track, () => excluded(now[0], at));
    };
    const quiet = () => { cursor.hidden = true; leave(); write(); };
    const write = () => { if (document.activeElement !== input) input.value = now[1] < 0 ? "" : textOf(choice, now[1]); };
    track.addEventListener("pointermove", (event) => move(point(event)));
    track.addEventListener("pointerleave", quiet);
    track.addEventListener("blur", quiet);
    track.addEventListener("focus", () => move(now[1] >= 0 ? now[1] : now[2] >= 0 ? now[2] : first(now[0])));
    track.addEventListener("click", (event) => act(index, point(event), track));
    track.addEventListener("keydown", (event) => {
      const page = Math.max(1, Math.round(n / 10));
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: page, PageDown: -page }[event.key];
      if (step) move(at + step);
      else if (event.key === "Home") move(0);
      else if (event.key === "End") move(n - 1);
      else if (event.key === "Enter" || event.key === " ") act(index, at, track);
      else if (event.key === "Backspace" || event.key === "Delete") send({ kind: "release", choice: index });
      else return;
      event.preventDefault();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      wanted = null;
      anchor = input;
      if (!input.value.trim()) send({ kind: "release", choice: index });
      else send({ kind: "type", choice: index, text: input.value.trim() });
    });
    const few = make("span", { class: "aw-x-group", role: "radiogroup", "aria-label": `${choice.key}, what is left` });
    const node = make("span", { class: "aw-x-strip" }, track, input, few);
    node.draw = (data) => {
      now = data;
      const [marks, fixed, best, flags] = data;
      const runs = typeof marks === "string" ? runsOf(marks) : marks.map(([a, b]) => [a, b, "o"]);
      const exact = flags.includes("e");
      track.replaceChildren(...runs.map(([a, b, mark]) => make("i", {
        class: mark === "p" || exact ? "aw-x-p" : "", style: `left:${percent(a)};width:${percent(b - a + 1)}` })),
        ...(best >= 0 ? [make("u", { style: `left:${percent(best + 0.5)}` })] : []),
        ...(fixed >= 0 ? [make("b", { style: `left:${percent(fixed + 0.5)}` })] : []), cursor);
      node.classList.toggle("aw-x-none", flags.includes("i"));
      const left = runs.length ? `${textOf(choice, runs[0][0])} … ${textOf(choice, runs[runs.length - 1][1])}` : "nothing";
      input.placeholder = left;
      input.style.width = `${Math.max(8, Math.min(22, left.length)) + 1}ch`;
      input.title = `open: ${left}`;
      input.classList.toggle("aw-x-fixed", fixed >= 0);
      const rest = runs.reduce((sum, [a, b]) => sum + b - a + 1, 0);
      const places = rest <= FEW ? runs.flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i)) : [];
      few.replaceChildren(...places.map((to) => make("button", {
        type: "button", role: "radio", "aria-checked": to === fixed, "aria-label": `${choice.key} = ${textOf(choice, to)}`,
        "data-choice": choice.key, "data-value": textOf(choice, to), onclick: (event) => act(index, to, event.currentTarget),
        class: `aw-x-v aw-x-p${to === fixed ? " aw-x-fixed" : ""}${to === best ? " aw-x-best" : ""}`
          + (fixed < 0 && rest === 1 ? " aw-x-forced" : ""),
      }, textOf(choice, to))));
      write();
    };
    return node;
  }

  const first = (marks) => typeof marks === "string" ? Math.max(0, marks.search(/[op]/)) : marks.length ? marks[0][0] : 0;

  function runsOf(marks) {
    const runs = [];
    for (let at = 0; at < marks.length; at++) {
      const last = runs[runs.length - 1];
      if (marks[at] === "x") continue;
      if (last && last[1] === at - 1 && last[2] === marks[at]) last[1] = at;
      else runs.push([at, at, marks[at]]);
    }
    return runs;
  }

  function menu(choice, index) {
    const options = choice.texts.map((text, at) => make("option", { value: at }, text));
    const node = make("select", { "aria-label": choice.key, "data-choice": choice.key },
      make("option", { value: "" }, "open"), options);
    node.addEventListener("change", () => {
      if (node.value === "") send({ kind: "release", choice: index });
      else act(index, Number(node.value), node);
    });
    node.draw = ([marks, fixed, best]) => {
      options.forEach((option, at) => {
        const grey = marks[at] === "x";
        option.textContent = grey ? `✕ ${choice.texts[at]}` : at === best ? `${choice.texts[at]} ◂ best` : choice.texts[at];
        option.setAttribute("aria-disabled", grey);
        option.style.textDecoration = grey ? "line-through" : "";
      });
      node.value = fixed < 0 ? "" : String(fixed);
    };
    return node;
  }

  // ---- families

  function control(index, choices) {
    const choice = choices[index];
    const kind = { strip, menu }[choice.kind] || buttons;
    const node = kind(choice, index);
    drawn[index] = { node, text: null };
    return node;
  }

  /** About how wide a control is. */
  function width(choice) {
    if (choice.kind === "strip") return 270;
    if (choice.kind === "menu") return 140;
    return 10 + choice.texts.reduce((sum, text) => sum + Math.max(23, 7 * (choice.kind === "flag" ? 1 : text.length) + 13), 0);
  }

  function members(family, choices) {
    const list = family.members, ranks = choices[list[0]].indices.length;
    if (ranks === 0) return control(list[0], choices);
    const label = (text, extra = "") => make("span", { class: `aw-x-index ${extra}` }, text);
    const longest = Math.max(...list.map((i) => choices[i].indices.join(", ").length));
    const cell = (index, text) => {
      const name = label(text);
      name.style.minWidth = `${longest}ch`;
      return make("span", { class: "aw-x-cell" }, name, control(index, choices));
    };
    if (ranks === 1) {
      return make("div", { class: "aw-x-flow" }, list.map((i) => cell(i, choices[i].indices[0])));
    }
    const columns = [...new Set(list.map((i) => choices[i].indices.at(-1)))];
    const rows = new Map();
    for (const i of list) {
      const row = choices[i].indices.slice(0, -1).join(", ");
      if (!rows.has(row)) rows.set(row, new Map());
      rows.get(row).set(choices[i].indices.at(-1), i);
    }
    const wide = columns.length * Math.max(...list.map((i) => width(choices[i])));
    if (wide > ROOM) return make("div", { class: "aw-x-flow" }, list.map((i) => cell(i, choices[i].indices.join(", "))));
    const grid = make("div", { class: "aw-x-grid" }, label(""), columns.map((c) => label(c, "aw-x-column")));
    grid.style.gridTemplateColumns = `repeat(${columns.length + 1}, max-content)`;
    for (const [row, cells] of rows) {
      grid.append(label(row), ...columns.map((c) => cells.has(c) ? control(cells.get(c), choices) : make("span")));
    }
    return grid;
  }

  function family(told, board) {
    const many = told.members.length;
    const title = [make("span", { class: "aw-x-of" }, told.name),
      make("span", { class: "aw-x-domain", title: told.domain + (told.guard ? ` when ${told.guard}` : "") },
        (many > 1 ? `${many} × ` : "") + told.domain + (told.guard ? ` when ${told.guard}` : ""))];
    if (!board.folded || many <= LARGE) {
      return make("div", { class: "aw-x-family" }, make("header", {}, title), members(told, board.choices));
    }
    const box = make("details", { class: "aw-x-family" }, make("summary", {}, title));
    box.addEventListener("toggle", () => {
      if (box.open && box.children.length === 1) { box.append(members(told, board.choices)); draw(model.get("data")); }
    });
    return box;
  }

  function legend() {
    const sample = (extra, text) => make("span", { class: `aw-x-v ${extra}` }, text);
    return make("div", { class: "aw-x-legend aw-quiet", "aria-hidden": true },
      sample("aw-x-p aw-x-fixed", "7"), "fixed", sample("aw-x-p aw-x-forced", "7"), "the only one left",
      sample("aw-x-p", "7"), "possible", sample("aw-x-o", "7"), "not decided yet", sample("aw-x-x", "7"), "impossible: click for why",
      sample("aw-x-p aw-x-best", "7"), "best completion");
  }

  /** A given table: a grid of fields, folded where it is long. */
  function table(told, number) {
    const fields = [];
    const rows = Array.from({ length: told.rows }, (_, row) => make("tr", {}, told.columns.map((column, at) => {
      const field = make("input", { type: "text", size: 8, "aria-label": `${told.name}, row ${row + 1}, ${column}`,
        onchange: () => send({ kind: "cell", table: number, row, column: at, text: field.value.trim() }),
        onkeydown: (event) => { if (event.key === "Escape") { field.value = field.dataset.now; field.blur(); } } });
      fields.push([row, at, field]);
      return make("td", { class: at < told.keys ? "aw-x-key" : "" }, field);
    })));
    const head = make("tr", {}, told.columns.map((column) => make("th", {}, column)));
    const node = make("details", { class: "aw-x-table", open: told.rows <= 8 },
      make("summary", {}, make("span", { class: "aw-x-of" }, told.name), ` given table, ${told.rows} rows`),
      make("table", {}, head, rows));
    tables[number] = (texts) => fields.forEach(([row, at, field]) => {
      field.dataset.now = texts[row][at];
      field.value = texts[row][at];
    });
    return node;
  }

  function build() {
    const board = model.get("board");
    drawn = [];
    hide();
    tables = [];
    root.replaceChildren(...(board.tables || []).map(table), ...(board.spaces || []).map((space) => make("section", {},
      make("h4", {}, `space ${space.name}`),
      make("div", { class: "aw-x-families" }, space.families.map((told) => family(told, board))))), wrong, legend(), card);
    draw(model.get("data"));
  }

  function draw(data) {
    if (!data || !data.choices) return;
    root.classList.toggle("aw-x-stale", data.stale);
    drawn.forEach((entry, index) => {
      const known = data.choices[index];
      const text = JSON.stringify(known);
      if (known && entry.text !== text) { entry.text = text; entry.node.draw(known); }
    });
    (data.tables || []).forEach((texts, number) => tables[number] && tables[number](texts));
    const refused = data.refused && (model.get("board").choices || []).concat(model.get("board").tables || [])
      .some((c) => (c.key || c.name) === data.refused.name);
    wrong.textContent = refused ? data.refused.message : "";
  }

  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { card.dataset.pinned = ""; hide(); }
    if (!(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === "z") send({ kind: event.shiftKey ? "redo" : "undo" });
    else if (key === "y") send({ kind: "redo" });
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", outside, true);
  function outside(event) {
    if (card.hidden || card.contains(event.target) || (anchor && anchor.contains(event.target))) return;
    card.dataset.pinned = "";
    hide();
  }
  model.on("comm_live_update", () => root.classList.add("aw-x-stale"));
  model.on("change:board", build);
  const told = () => showWhy(model.get("why"));
  model.on("change:why", told);
  build();
  const end = follow(model, draw);
  return () => {
    end();
    model.off("change:board", build);
    model.off("change:why", told);
    document.removeEventListener("pointerdown", outside, true);
  };
}

// -------------------------------------------------------------------------------- the constraints

function constraints(model, root) {
  root.classList.add("aw-x-constraints");
  const line = (told) => {
    const box = make("input", { type: "checkbox", "aria-label": told.name,
      onchange: () => model.send({ kind: "toggle", name: told.name }) });
    box.checked = !told.off;
    return make("label", { class: `${told.off ? "aw-x-off" : ""} ${told.blamed ? "aw-x-blamed" : ""}`,
      title: [told.text, told.reason].filter(Boolean).join("\n") },
      box, make("span", { class: "aw-x-what" }, told.name, told.off ? " (off)" : ""),
      told.reason ? make("span", { class: "aw-x-reason" }, told.reason) : null);
  };
  let before = "";
  return follow(model, (data) => {
    const all = data.constraints || [], text = JSON.stringify(all);
    if (text === before) return;
    before = text;
    const inner = all.filter((c) => !c.text && !c.off), own = all.filter((c) => c.text || c.off);
    const focus = root.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    const open = root.querySelector("details")?.open;
    const fold = make("details", {}, make("summary", {}, `inside ops (${inner.length})`), inner.map(line));
    if (open) fold.open = true;
    root.replaceChildren(...(all.length ? [make("span", { class: "aw-x-title" }, "constraints")] : []),
      ...own.map(line), ...(inner.length ? [fold] : []));
    if (focus) [...root.querySelectorAll("input")].find((n) => n.getAttribute("aria-label") === focus)?.focus();
  });
}

export default {
  render({ model, el }) {
    el.classList.add("aw");
    const part = { head: bar, choices: values, side: constraints }[model.get("part")];
    const root = make("div");
    el.append(root);
    return part(model, root);
  },
};
