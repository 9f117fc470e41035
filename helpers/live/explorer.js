// Shows an explorer: its controls, its picture, and the sentence about it.
//
// `open(host, state, ask)` knows no kernel. `state` is all there is to show (`Explorer.state()`). It calls `ask({values})` when
// the reader has moved a control, and `ask({ahead: i})` when control i gets the focus. It returns `receive`, to be called with
//   {values, fragments, description, error, disabled}  the picture of these values: fragments that changed since the last such
//       one; the controls go to `values`, or to `at` if that is given;
//   the same with `ahead: true`  a picture to keep until its values are asked for;  {at}  where the controls stand now;
//   {controls}  other limits, options or descriptions, with which no picture kept so far counts;  {lost: true}  nobody will answer any more.

const STYLE = `
  :host { display: block; container-type: inline-size; font: 15px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
          color: var(--jp-ui-font-color1, #222); accent-color: var(--jp-brand-color1, #1976d2); }
  .controls { display: flex; flex-wrap: wrap; align-items: center; gap: 0.1em 1.2em; margin: 0 0 0.3em; padding: 4px; --beside: 3; }
  .control { display: flex; flex: 0 0 calc((100% - (var(--beside) - 1) * 1.2em) / var(--beside)); max-width: 32em;
          align-items: center; gap: 0.6em; min-height: 1.9em; min-width: 0; }
  .control > label { flex: 0 0 8em; text-align: right; }
  .control.checkbox { flex: 0 1 auto; }
  .control.checkbox > label, .control label.option { flex: none; }
  .control:has(:disabled) { opacity: 0.5; }
  .buttons { display: flex; gap: 0.6em; margin-left: auto; }
  input, select, button { font: inherit; color: inherit; margin: 0; }
  input[type=range] { flex: 1 1 4em; min-width: 4em; height: 1.8em; }
  input[type=checkbox] { width: 1.2em; height: 1.2em; }
  input[type=text], output { flex: none; width: 5em; box-sizing: border-box; }
  input[type=text], select, button { background: var(--jp-layout-color1, white); padding: 0.1em 0.4em;
          border: 1px solid var(--jp-border-color0, #767676); border-radius: 3px; min-height: 1.8em; }
  ::placeholder { color: inherit; opacity: 0.75; }
  select { min-width: 0; }
  select option { color: #222; background: white; }
  button { padding: 0.1em 1em; cursor: pointer; }
  :focus-visible { outline: 3px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px; border-radius: 3px; }
  .panels { display: flex; justify-content: center; gap: 0.6em; background: white; border-radius: 4px; }
  .panels > svg { flex: var(--points) 1 0; min-width: 0; max-width: calc(var(--points) * 2px); height: auto; }
  :host(:fullscreen) { display: flex; flex-direction: column; box-sizing: border-box; padding: 1.5vh 2vw; overflow: auto;
          font-size: clamp(15px, 2.6vmin, 40px); background: var(--jp-layout-color0, white); }
  @container (max-width: 62em) { .controls { --beside: 2; } }
  @container (max-width: 40em) {
    .controls { --beside: 1; }
    .control { flex-wrap: wrap; }
    .control > label { flex-basis: 7em; }
  }
  @container (min-width: 50rem) {
    :host(:fullscreen) .panels { flex: 1 1 0; min-height: 12em; }
    :host(:fullscreen) .panels > svg { max-width: none; height: 100%; }
  }
  @container (max-width: 50rem) { /* the panels stand below each other, and scroll rather than become too small to read */
    .panels { flex: none; flex-direction: column; align-items: safe center; overflow-x: auto; }
    .panels > svg { flex: none; width: clamp(calc(var(--points) * 1.27px), 100%, calc(var(--points) * 1.6px)); }
  }
  .note { color: #b00020; background: white; padding-inline: 0.2em; }
  p { margin: 0.4em 0; font-size: 1.07em; }
  p:empty, .note:empty { display: none; }
  .error { padding: 0.5em; border: 2px solid #b00020; white-space: pre-wrap; overflow-wrap: anywhere;
           background: white; color: #b00020; }
`;
const PATIENCE = 10_000; // ms until the reader is told that no answer comes
const KEPT = 500; // pictures; the other side counts on the same number
const HELP = "Run → Run All Cells draws it anew.";

// Explorers that one move moves, as linked ones do, show it in one frame: none before all have its picture, or are too late.
const together = (globalThis[Symbol.for("explorers that move together")] ??= { now: null, late: 150 }); // ms

const same = (a, b) => a.every((value, i) => value === b[i]);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// A number as its control's readout_format has it, and back: a comma is a decimal point, and NaN what cannot be read.
function written(value, format) {
  const [, digits, form] = /^\.?(\d*)(.?)$/.exec(format);
  if (form === "%") return `${(100 * value).toFixed(digits)}%`;
  const how = { f: "toFixed", d: "toFixed", e: "toExponential", g: "toPrecision" }[form];
  return how ? value[how](digits || (form === "d" ? 0 : 6)) : String(value);
}

function read(typed) {
  const text = typed.trim().replace(",", ".").replace("−", "-");
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*%?$/i.test(text) ? parseFloat(text) : NaN;
  return text.endsWith("%") ? number / 100 : number;
}

// The box in which a number or a text stands and is typed. What is none for it gets a note, and nothing moves.
function box(id, { kind, min, max, step, whole, format, pattern, wanted, placeholder = "" }, set) {
  const note = element("span", { className: "note", id: `${id}-note`, role: "alert" });
  const text = kind === "text" && new RegExp(`^(?:${pattern})$`, "iu");
  const inputMode = text ? "text" : "decimal";
  const input = element("input", { type: "text", inputMode, placeholder, autocomplete: "off" });
  input.setAttribute("aria-describedby", note.id);
  const write = (value) => (text ? value : written(value, format));
  let shown;
  const complain = (text) => {
    note.textContent = text;
    input.ariaInvalid = String(text !== "");
  };
  input.onchange = () => {
    const typed = input.value.trim();
    const value = text ? typed : typed === write(shown) ? shown : read(typed);
    if (text ? text.test(value) : value >= min && value <= max && !(whole && value % 1)) set(value);
    else complain(`want ${wanted ?? `a ${whole ? "whole " : ""}number from ${min} to ${max}`}`);
  };
  input.onkeydown = ({ key }) => {
    const by = { ArrowUp: step, ArrowDown: -step }[key];
    if (by) set(Math.min(max, Math.max(min, Number((shown + by).toPrecision(12)))));
  };
  const put = (value, answering) => {
    if (answering && input.matches(":focus")) return; // or half-typed digits are lost
    shown = value;
    input.value = write(value);
    complain("");
  };
  return { parts: [input, note], input, put };
}

// One control: the elements to show, and `put`, which shows a value in them, the reader's own or one that the other side is
// `answering` with. `set` is called when the reader moves it.
function control(id, spec, set) {
  const { kind, description, texts, min, max, step, base } = spec;
  const label = element("label", { htmlFor: id, textContent: description });
  if (kind === "checkbox") {
    const tick = element("input", { id, type: kind, onchange: () => set(tick.checked) });
    return { parts: [tick, label], put: (value) => (tick.checked = value) };
  }
  if (kind === "select") {
    const list = element("select", { id, onchange: () => set(list.selectedIndex) });
    list.append(...texts.map((text) => element("option", { textContent: text })));
    return { parts: [label, list], put: (value) => (list.selectedIndex = value) };
  }
  if (kind === "radio") {
    const dots = texts.map((_, i) => element("input", { type: kind, name: id, onchange: () => set(i) }));
    const options = dots.map((dot, i) => element("label", { className: "option" }, dot, texts[i]));
    const group = element("span", { id, role: "radiogroup", ariaLabel: description }, ...options);
    return { parts: [element("span", { className: "label", textContent: description }), group], put: (value) => (dots[value].checked = true) };
  }
  const power = (stop) => (base ? Number((base ** stop).toPrecision(12)) : stop);
  const typed = texts ? null : box(id, { ...spec, min: power(min), max: power(max) }, set);
  if (kind === "number" || kind === "text") {
    typed.input.id = id;
    return { parts: [label, ...typed.parts], put: typed.put };
  }
  const slider = element("input", { id, type: kind, min, max, step, oninput: () => set(power(slider.valueAsNumber)) });
  if (typed) {
    typed.input.ariaLabel = `${description}, typed`;
    const put = (value, answering) => {
      slider.value = base ? Math.log(value) / Math.log(base) : value;
      typed.put(value, answering);
    };
    return { parts: [label, slider, ...typed.parts], put };
  }
  const readout = element("output", { htmlFor: id });
  const put = (value) => {
    slider.value = value;
    slider.ariaValueText = readout.textContent = texts[value];
  };
  return { parts: [label, slider, readout], put };
}

export function open(host, state, ask) {
  const root = host.attachShadow({ mode: "open" }); // ids inside SVG stay private to this picture
  // Or Jupyter takes the keys for itself: in its command mode an arrow goes to the next cell, a digit makes a heading.
  host.setAttribute("data-lm-suppress-shortcuts", "true");
  host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    const typing = root.activeElement?.type === "text" || root.activeElement?.localName === "select";
    if ((event.key === "f" && !typing && !large.hidden) || (event.key === "Escape" && presented())) present();
  });
  const panels = element("div", { className: "panels", role: "img", innerHTML: state.panels.join("") });
  const status = element("p", { className: "status", role: "status", ariaLive: "polite" });
  const error = element("p", { className: "error", role: "alert" });
  const form = element("div", { className: "controls", role: "group", ariaLabel: state.label });
  root.append(element("style", { textContent: STYLE }), form, panels, status, error);
  new ResizeObserver(() => (panels.tabIndex = panels.scrollWidth > panels.clientWidth ? 0 : -1)).observe(panels);
  for (const svg of panels.children) {
    svg.style.setProperty("--points", parseFloat(svg.getAttribute("width")));
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("aria-hidden", "true");
  }

  let values = state.at ?? state.values; // what the controls have got
  let latest = state; // the newest picture, whole
  let waiting = null;
  let lost = false;
  const pictures = state.pictures ?? new Map(); // by values
  const key = (values) => JSON.stringify(values);

  const rows = state.controls.map(({ kind }, i) => {
    const row = element("div", { className: `control ${kind}` });
    row.addEventListener("focusin", () => ask({ ahead: i }));
    return row;
  });
  const reset = element("button", { type: "button", textContent: "Reset", onclick: () => move(state.defaults) });
  const presented = () => document.fullscreenElement === host;
  const present = () =>
    (presented() ? document.exitFullscreen() : host.requestFullscreen()).catch(({ message }) => {
      error.textContent = `${state.label}: the browser does not fill the screen here: ${message}`;
    });
  const large = element("button", { type: "button", title: "Fill the screen (f), and back (Esc)", onclick: present });
  large.hidden = !document.fullscreenEnabled; // as on an iPhone
  (host.onfullscreenchange = () => (large.textContent = presented() ? "Back" : "Present"))();
  form.append(...rows, element("span", { className: "buttons" }, reset, large));
  let controls;
  function equip(specs) {
    controls = specs.map((each, i) => control(`control-${i}`, each, (value) => move(values.with(i, value), i)));
    rows.forEach((row, i) => row.replaceChildren(...controls[i].parts));
  }

  const me = { ready: () => !host.isConnected || pictures.has(key(values)), paint };
  let group = new Set([me]);
  function show() {
    if (!me.ready()) paint();
    else if ([...group].every((each) => each.ready())) group.forEach((each) => each.paint());
  }

  const shown = {};
  function paint() {
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
    rows.forEach((row, i) => {
      for (const input of row.querySelectorAll("input, select")) input.disabled = picture.disabled[i];
    });
    error.textContent = lost ? `${state.label}: the kernel that draws it has stopped or restarted. ${HELP}` : picture.error;
  }

  function put(answering) {
    controls.forEach((each, i) => each.put(values[i], answering));
  }

  function expect() {
    waiting ??= setTimeout(() => {
      error.textContent = `${state.label}: no answer from the kernel. Is it busy? If it was restarted: ${HELP}`;
    }, PATIENCE);
  }

  function move(to, moved) {
    const asked = !same(to, values);
    values = to;
    put(false);
    if (asked) {
      const moving = (group = together.now = new Set([me]));
      expect();
      ask({ values, moved });
      together.now = null;
      if (moving.size > 1) setTimeout(() => moving.forEach((each) => each.paint()), together.late);
    }
    show();
  }

  function receive({ at, controls: specs, ahead, ...message }) {
    lost = message.lost ?? lost;
    if (specs) pictures.clear();
    if (message.values) {
      const picture = { ...message, fragments: { ...latest.fragments, ...message.fragments } };
      pictures.delete(key(message.values));
      pictures.set(key(message.values), picture);
      if (pictures.size > KEPT) pictures.delete(pictures.keys().next().value);
      if (!ahead) {
        at ??= message.values;
        latest = picture;
        clearTimeout(waiting);
        waiting = null;
        if (!pictures.has(key(at))) expect();
      }
    }
    if (specs) equip(specs);
    if (specs || (at && !same(at, values))) {
      values = at ?? values;
      put(!specs);
      if (together.now) group = together.now.add(me);
    }
    show();
  }

  equip(state.controls);
  pictures.set(key(state.values), latest);
  put(false);
  show();
  return receive;
}

// In Jupyter the values are the model's attributes, which ipywidgets keeps the same here, in the kernel and in other pages, and
// `jslink` ties to those of other widgets; the rest comes as `_page`.
export default () => {
  const views = new Set();
  let state;
  return {
    initialize({ model }) {
      const tell = (message) => views.forEach((receive) => receive(message));
      let news;
      state = { ...model.get("_page"), pictures: new Map() };
      model.on("change:_page", () => (news = model.get("_page")));
      model.on("change", () => {
        const message = { ...news, at: state.controls.map(({ name }) => model.get(name)) };
        state = { ...state, ...message, fragments: { ...state.fragments, ...message.fragments } };
        news = undefined;
        tell(message);
      });
      model.on("msg:custom", tell);
    },
    render({ model, el }) {
      const host = el.appendChild(document.createElement("div"));
      const receive = open(host, state, ({ values, ahead }) => {
        if (!values) return model.send({ ahead });
        model.set(Object.fromEntries(state.controls.map(({ name }, i) => [name, values[i]])));
        model.save_changes();
      });
      const live = function () { // ipywidgets calls it in the name of its view; anywidget's own `model` does not tell
        receive({ lost: !this.model.comm_live });
      };
      views.add(receive);
      model.on("comm_live_update", live);
      return () => {
        views.delete(receive);
        model.off("comm_live_update", live);
        host.remove(); // ipywidgets holds on to the view
      };
    },
  };
};
