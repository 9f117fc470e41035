// Shows an explorer: its controls, its picture, and the sentence about it. `open` knows no kernel. It asks for the picture
// of the values that the controls have got, and shows what it receives: an answer, or pictures made ahead of any question.

const STYLE = `
  :host { display: block; container-type: inline-size; font: 15px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
          color: var(--jp-ui-font-color1, #222); accent-color: var(--jp-brand-color1, #1976d2); }
  form { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2em 1.6em; margin: 0 0 0.4em; padding: 4px; }
  .control { display: flex; flex: 1 1 24em; max-width: 32em; align-items: center; gap: 0.6em; min-height: 2em; min-width: 0; }
  .control > label { flex: 0 0 8.5em; text-align: right; }
  .control.checkbox { flex: 0 1 auto; }
  .control.checkbox > label { flex: none; }
  input, select, button { font: inherit; color: inherit; margin: 0; }
  input[type=range] { flex: 1 1 6em; min-width: 4em; height: 1.8em; }
  input[type=checkbox] { width: 1.2em; height: 1.2em; }
  input[type=number], output { flex: none; width: 6em; box-sizing: border-box; }
  input[type=number], select, button { background: var(--jp-layout-color1, white); padding: 0.1em 0.4em;
          border: 1px solid var(--jp-border-color0, #767676); border-radius: 3px; min-height: 1.8em; }
  select { min-width: 0; }
  select option { color: #222; background: white; }
  button { padding: 0.1em 1.5em; cursor: pointer; }
  :focus-visible { outline: 3px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px; border-radius: 3px; }
  .panels { display: flex; flex-wrap: wrap; justify-content: center; background: white; border-radius: 4px; }
  .panels > svg { flex: 1 1 20rem; min-width: 0; max-width: 40rem; width: 100%; height: auto; }
  @container (max-width: 40rem) {
    .panels > svg { flex-basis: 100%; }
    .control { flex-basis: 100%; }
    .control > label { flex-basis: 6.9em; }
    input[type=number], output { width: 5em; padding-inline: 0.2em; }
  }
  p { margin: 0.4em 0; font-size: 16px; }
  p:empty { display: none; }
  .error { padding: 0.5em; border: 2px solid #b00020; white-space: pre-wrap; overflow-wrap: anywhere;
           background: white; color: #b00020; }
`;
const PATIENCE = 10_000; // ms until the reader is told that no answer comes
const KEPT = 500; // pictures; the other side counts on the same number

const same = (a, b) => a.every((value, i) => value === b[i]);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// One control: the elements to show, and `put`, which shows a value in them, the reader's own or one that the other side is
// `answering` with. `set` is called when the reader moves it.
function control(id, { kind, description, texts, digits, ...range }, set) {
  const label = element("label", { htmlFor: id, textContent: description });
  if (kind === "checkbox") {
    const box = element("input", { id, type: kind, onchange: () => set(box.checked) });
    return { parts: [box, label], put: (value) => (box.checked = value) };
  }
  if (kind === "select") {
    const list = element("select", { id, onchange: () => set(list.selectedIndex) });
    list.append(...texts.map((text) => element("option", { textContent: text })));
    return { parts: [label, list], put: (value) => (list.selectedIndex = value) };
  }
  const slider = element("input", { id, type: "range", ...range, oninput: () => set(slider.valueAsNumber) });
  if (texts) {
    const readout = element("output", { htmlFor: id });
    const put = (value) => {
      slider.value = value;
      slider.ariaValueText = readout.textContent = texts[value];
    };
    return { parts: [label, slider, readout], put };
  }
  const readout = element("input", { type: "number", ariaLabel: `${description}, typed`, ...range });
  readout.onchange = () => {
    const typed = readout.valueAsNumber;
    set(Number.isNaN(typed) ? slider.valueAsNumber : Math.min(range.max, Math.max(range.min, typed)));
  };
  const put = (value, answering) => {
    slider.value = value;
    if (!answering || !readout.matches(":focus")) readout.value = value.toFixed(digits); // or half-typed digits are lost
  };
  return { parts: [label, slider, readout], put };
}

function open(host, state, ask) {
  const root = host.attachShadow({ mode: "open" }); // ids inside SVG stay private to this picture
  // Or Jupyter takes the keys for itself: in its command mode an arrow goes to the next cell, a digit makes a heading.
  host.setAttribute("data-lm-suppress-shortcuts", "true");
  host.addEventListener("keydown", (event) => event.ctrlKey || event.metaKey || event.stopPropagation());
  const panels = element("div", { className: "panels", role: "img", innerHTML: state.panels.join("") });
  const status = element("p", { className: "status", role: "status", ariaLive: "polite" });
  const error = element("p", { className: "error", role: "alert" });
  const form = element("form", { ariaLabel: state.label, onsubmit: () => false });
  root.append(element("style", { textContent: STYLE }), form, panels, status, error);
  for (const svg of panels.children) {
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("aria-hidden", "true");
  }

  let values = state.values; // what the controls have got
  let known = values; // what the other side has got
  let latest = state; // its newest picture, whole
  let waiting = null;
  const pictures = new Map(); // by values
  const key = (values) => JSON.stringify(values);

  const controls = state.controls.map((each, i) => {
    const made = control(`control-${i}`, each, (value) => move(values.with(i, value)));
    const row = element("div", { className: `control ${each.kind}` }, ...made.parts);
    row.addEventListener("focusin", () => ask({ ahead: i }));
    form.append(row);
    return made;
  });
  form.append(element("button", { type: "button", textContent: "Reset", onclick: () => move(state.defaults) }));

  const shown = {};
  function show() {
    const picture = pictures.get(key(values)) ?? latest;
    for (const [id, markup] of Object.entries(picture.fragments)) {
      if (shown[id] !== markup) {
        root.getElementById(id).innerHTML = shown[id] = markup;
      }
    }
    if (status.textContent !== picture.description) {
      status.textContent = picture.description;
      panels.ariaLabel = `${state.label}. ${picture.description}`;
    }
    error.textContent = picture.error;
  }

  function put(answering = false) {
    controls.forEach((each, i) => each.put(values[i], answering));
  }

  function move(to) {
    values = to;
    put();
    show();
    tell();
  }

  // One question at a time: what is asked next is the newest, and what the reader passed over is never drawn.
  function tell() {
    if (!waiting && !same(values, known)) {
      known = values;
      waiting = setTimeout(() => {
        const doubt = "no answer from the kernel. Is it busy? If it was restarted, run this cell again.";
        error.textContent = `${state.label}: ${doubt}`;
      }, PATIENCE);
      ask({ values });
    }
  }

  function receive(message) {
    const picture = { ...message, fragments: { ...latest.fragments, ...message.fragments } };
    pictures.delete(key(message.values));
    pictures.set(key(message.values), picture);
    if (pictures.size > KEPT) pictures.delete(pictures.keys().next().value);
    if (!message.ahead) {
      clearTimeout(waiting);
      waiting = null;
      latest = picture;
      values = values.map((value, i) => (value === known[i] ? message.values[i] : value)); // others are on the move
      known = message.values;
      put(true);
      tell();
    }
    show();
  }

  pictures.set(key(values), latest);
  put();
  show();
  return receive;
}

export default () => {
  const pages = new Set();
  let state;
  return {
    initialize({ model }) {
      state = model.get("state");
      model.on("msg:custom", (message) => {
        // A view that opens later starts from here.
        if (!message.ahead) state = { ...state, ...message, fragments: { ...state.fragments, ...message.fragments } };
        pages.forEach((receive) => receive(message));
      });
    },
    render({ model, el }) {
      const host = el.appendChild(document.createElement("div"));
      const receive = open(host, state, (question) => model.send(question));
      pages.add(receive);
      return () => pages.delete(receive);
    },
  };
};
