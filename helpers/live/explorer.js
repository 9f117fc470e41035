// @ts-check
// Shows an explorer: its controls, its picture, and the sentence about them.
//
// `open(host, state, ask)` knows no kernel: `ask` hears what the reader does; `receive`, which `open` returns, takes the
// answers. At the end stands the half that asks a kernel; a page of the site asks a table (pages/page.js).
//
// Meant for Safari 16.4, Firefox 132 and Chromium 130 (of late 2024), and newer; what these lack is not used here.

/**
 * A control's value as the page has it: of a choice its place, of a slider the number, never its place on a log scale.
 * @typedef {number | boolean | string} Value
 *
 * How a control looks and what it takes, as `Number.page` and the like write it.
 * @typedef {object} Spec
 * @property {string} name
 * @property {string} description
 * @property {"range" | "number" | "select" | "radio" | "checkbox" | "text"} kind
 * @property {string[]} [texts] of the options
 * @property {number} [min] and `max`, `step`: on a log scale, of the exponent
 * @property {number} [max]
 * @property {number} [step]
 * @property {number} [stride] how many steps the pointer moves the knob at once
 * @property {number[]} followers the places of the controls that follow it, wherever they stood
 * @property {number | null} [base] of a log scale
 * @property {boolean} [whole]
 * @property {string} [format] such as ".2f"
 * @property {string} [pattern] that a text matches
 * @property {string} [wanted] what that is, in words
 * @property {string} [placeholder]
 *
 * What is shown at some values.
 * @typedef {object} Picture
 * @property {Value[]} values
 * @property {Record<string, string>} fragments SVG by the name of its group
 * @property {string} description
 * @property {boolean[]} disabled
 * @property {string} error
 *
 * All that there is to show: `Explorer.state()`.
 * @typedef {Picture & {
 *   label: string, style: string, kept: number, controls: Spec[], defaults: Value[], panels: string[],
 *   at?: Value[], pictures?: Map<string, Picture>, link?: boolean,
 * }} State `link`: what leads to a setting is an address, and not code
 *
 * What the page takes: the picture of `values`, with those fragments that changed since the last such one, or, if
 * `ahead`, a picture to keep until its values are asked for; `at`, where the controls stand, if not at `values`;
 * `controls`, with which no picture kept so far counts; `lost`, whether nobody is there to answer; `leads`, what leads to
 * the present setting; `number`, of the question that leads to `at` or, with a picture, that it answers, if not the last.
 * @typedef {{at?: Value[], controls?: Spec[], ahead?: boolean, lost?: boolean, leads?: string, number?: number}} More
 * @typedef {Partial<Picture> & More} Message
 *
 * What it asks: for the picture of `values` once the control of the number `by` has been moved, or all have been reset;
 * for pictures `ahead`, as that control has got the focus or the pointer; or for what leads to the setting, to `copy` it.
 * @typedef {{values: Value[], by: number | "reset"} | {ahead: number} | {copy: true}} Question
 */

const PATIENCE = 2_000; // ms until the reader is told that no answer comes
const HELP = "Run → Run All Cells draws it anew.";

/**
 * Explorers that one move moves, as linked ones do, show it in one frame: none before all have its picture, or are
 * `late` (ms). `now` are those that the present move has reached.
 * @type {{now: Set<{ready(): boolean, paint(): void}> | null, late: number}}
 */
const together =
  (/** @type {any} */ (globalThis)[Symbol.for("explorers that move together")] ??= { now: null, late: 150 });

/** @type {(a: Value[], b: Value[]) => boolean} */
const same = (a, b) => a.every((value, i) => value === b[i]);

/** @type {(values: (Value | null)[]) => string} */
const key = (values) => JSON.stringify(values);

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} properties
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/**
 * Sets a property that has another value. To set one anew costs a browser work: after a <select>, Chromium looks
 * through all boxes of the page for what it could fill in.
 * @template {Element} T
 * @template {keyof T} K
 * @param {T} element
 * @param {K} name
 * @param {T[K]} value
 */
function change(element, name, value) {
  if (element[name] !== value) element[name] = value;
}

// --- controls ---

/**
 * @typedef {object} Control
 * @property {(Node | string)[]} parts the elements to show
 * @property {(value: any, answering?: boolean) => void} put shows a value, the reader's own or, `answering`, another's
 */

/** A number as its control's readout_format has it. @type {(value: number, format: string) => string} */
function written(value, format) {
  const [, digits, form] = /^\.?(\d*)(.?)$/.exec(format) ?? ["", "", ""];
  const count = Number(digits || (form === "d" ? 0 : 6));
  if (form === "%") return `${(100 * value).toFixed(count)}%`;
  if (form === "e") return value.toExponential(count);
  if (form === "g") return value.toPrecision(count);
  return form ? value.toFixed(count) : String(value);
}

/**
 * A number that was typed, as JavaScript writes it with its digits as they are, by the rule of helpers/inputs/numbers.py:
 * "1,000" is "1000", "2,30" is "2.30" and "50 %" is "50%". "" if it is none.
 * @type {(typed: string) => string}
 */
export function plain(typed) {
  const text = typed.trim().replace(/(\d)\s+(?=[\d%])/g, "$1").replaceAll("−", "-");
  const [, sign, digits, exponent = "", percent] = /^([-+]?)([\d.,]+)(e[-+]?\d+)?(%?)$/i.exec(text) ?? ["", "", ""];
  let point = ""; // the digits with a decimal point
  if (/^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(digits)) point = digits.replaceAll(",", "");
  else if (/^[1-9]\d{0,2}((\.\d{3}){2,}(,\d*)?|(\.\d{3})+,\d*)$/.test(digits)) {
    point = digits.replaceAll(".", "").replace(",", ".");
  } else if (/^(\d+[.,]?\d*|[.,]\d+)$/.test(digits)) point = digits.replace(",", ".");
  return point && `${sign}${point}${exponent}${percent}`;
}

/** The number that was typed; NaN if it is none. @type {(typed: string) => number} */
export function read(typed) {
  const text = plain(typed);
  if (!text) return NaN;
  return text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
}

/** What to say of a number in which a separator was taken for one of thousands. @type {(typed: string) => string} */
export function grouped(typed) {
  const separators = (/** @type {string} */ text) => text.match(/[.,]/g)?.length ?? 0;
  const text = plain(typed);
  return text && separators(text) < separators(typed) ? `${typed.trim()} was read as ${text}` : "";
}

/** The number at a stop of a slider. @type {(stop: number, base?: number | null) => number} */
const power = (stop, base) => (base ? Number((base ** stop).toPrecision(12)) : stop);

/**
 * What a control makes of a text: its value, or in words what it wants instead.
 * @param {Spec} spec
 * @param {string} typed
 * @returns {{value: Value, want?: undefined} | {value?: undefined, want: string}}
 */
export function accept({ kind, texts, min = 0, max = 0, base, whole, pattern, wanted }, typed) {
  if (kind === "checkbox") {
    return /^(true|false)$/.test(typed) ? { value: typed === "true" } : { want: "true or false" };
  }
  if (texts) {
    const [value, few] = [texts.indexOf(typed), texts.length < 15];
    const all = few ? texts.join(", ") : `the ${texts.length} from ${texts[0]} to ${texts.at(-1)}`;
    return value < 0 ? { want: `one of ${all}` } : { value };
  }
  if (kind === "text") {
    return new RegExp(`^(?:${pattern})$`, "iu").test(typed) ? { value: typed } : { want: wanted ?? "another text" };
  }
  const [value, low, high] = [read(typed), power(min, base), power(max, base)];
  if (value >= low && value <= high && !(whole && value % 1)) return { value };
  const said = grouped(typed);
  return { want: `a ${whole ? "whole " : ""}number from ${low} to ${high}${said && `; ${said}`}` };
}

/**
 * The box in which a number or a text stands and is typed. What is none for it gets a note, and nothing moves.
 * @param {string} id
 * @param {Spec} spec
 * @param {(value: Value) => void} set
 */
function box(id, spec, set) {
  const { kind, min = 0, max = 0, base, step, format = "", placeholder = "" } = spec;
  const note = element("span", { className: "note", id: `${id}-note`, role: "alert" });
  const text = kind === "text";
  const inputMode = text ? "text" : "decimal";
  const input = element("input", { type: "text", inputMode, placeholder, autocomplete: "off" });
  input.setAttribute("aria-describedby", note.id);
  const write = (/** @type {any} */ value) => (text ? value : written(value, format));
  /** @type {any} */
  let shown;
  const complain = (/** @type {string} */ text) => {
    change(note, "textContent", text);
    change(input, "ariaInvalid", String(text !== ""));
  };
  input.onchange = () => {
    const typed = input.value.trim();
    const { value, want } = typed === write(shown) ? { value: shown, want: undefined } : accept(spec, typed);
    if (want === undefined) set(value);
    else complain(`want ${want}`);
  };
  input.onkeydown = ({ key }) => {
    const by = (step ?? 0) * (key === "ArrowUp" ? 1 : key === "ArrowDown" ? -1 : 0);
    if (!by) return; // a box of text has no step, and its value is no number
    const moved = Number((shown + by).toPrecision(12));
    set(Math.min(power(max, base), Math.max(power(min, base), moved)));
  };
  const put = (/** @type {any} */ value, answering = false) => {
    if (answering && input.matches(":focus")) return; // or half-typed digits are lost
    shown = value;
    change(input, "value", write(value));
    complain("");
  };
  return { parts: [input, note], input, put };
}

/**
 * A slider. The pointer moves its knob by `stride` steps, because the pictures of these places can be there before it.
 * @param {string} id
 * @param {Spec} spec
 * @param {(stop: number) => void} set
 */
function slider(id, { min = 0, max = 0, step = 1, stride = 1 }, set) {
  const far = step * stride;
  let held = false; // by the pointer
  const nearest = (/** @type {number} */ stop) =>
    max - stop < far / 2 ? max : Number((min + Math.round((stop - min) / far) * far).toFixed(9));
  const input = element("input", { id, type: "range", min: String(min), max: String(max), step: String(step) });
  input.addEventListener("pointerdown", () => (held = true));
  input.addEventListener("keydown", () => (held = false));
  input.oninput = () => set(held && stride > 1 ? nearest(input.valueAsNumber) : input.valueAsNumber);
  return input;
}

/**
 * One control; `set` is called when the reader moves it.
 * @param {string} id
 * @param {Spec} spec
 * @param {(value: Value) => void} set
 * @returns {Control}
 */
function control(id, spec, set) {
  const { kind, description, texts = [], base } = spec;
  const label = element("label", { htmlFor: id, textContent: description });
  if (kind === "checkbox") {
    const tick = element("input", { id, type: kind, onchange: () => set(tick.checked) });
    return { parts: [tick, label], put: (value) => (tick.checked = value) };
  }
  if (kind === "select") {
    const list = element("select", { id, onchange: () => set(list.selectedIndex) });
    list.append(...texts.map((text) => element("option", { textContent: text })));
    return { parts: [label, list], put: (value) => change(list, "selectedIndex", value) };
  }
  if (kind === "radio") {
    const dots = texts.map((_, i) => element("input", { type: kind, name: id, onchange: () => set(i) }));
    const options = dots.map((dot, i) => element("label", { className: "option" }, dot, texts[i]));
    const group = element("span", { id, role: "radiogroup", ariaLabel: description }, ...options);
    const name = element("span", { className: "label", textContent: description });
    return { parts: [name, group], put: (value) => (dots[value].checked = true) };
  }
  if (kind === "number" || kind === "text") {
    const typed = box(id, spec, set);
    typed.input.id = id;
    return { parts: [label, ...typed.parts], put: typed.put };
  }
  const knob = slider(id, spec, (stop) => set(power(stop, base)));
  if (spec.texts) {
    const readout = element("output", {});
    readout.htmlFor.add(id);
    const put = (/** @type {number} */ place) => {
      change(knob, "value", String(place));
      change(knob, "ariaValueText", texts[place]);
      change(readout, "textContent", texts[place]);
    };
    return { parts: [label, knob, readout], put };
  }
  const typed = box(id, spec, set);
  typed.input.ariaLabel = `${description}, typed`;
  const put = (/** @type {number} */ value, answering = false) => {
    knob.dataset.value = String(value); // the knob itself stands at the stop next to it
    change(knob, "value", String(base ? Math.log(value) / Math.log(base) : value));
    typed.put(value, answering);
  };
  return { parts: [label, knob, ...typed.parts], put };
}

// --- the frame ---

/**
 * The elements around controls and picture, and what the whole does by itself: fill the screen, keep its keys.
 * @param {HTMLElement} host
 * @param {State} state
 */
function frame(host, { label, style, panels: svgs, controls, link }) {
  const root = host.attachShadow({ mode: "open" }); // ids inside SVG stay private to this picture
  const panels = element("div", { className: "panels", role: "img", innerHTML: svgs.join("") });
  const status = element("p", { className: "status", role: "status", ariaLive: "polite" });
  const error = element("p", { className: "error", role: "alert" });
  const form = element("div", { className: "controls", role: "group", ariaLabel: label });
  const rows = controls.map(({ kind }) => element("div", { className: `control ${kind}` }));
  const reset = element("button", { type: "button", textContent: "Reset" });
  const leads = link ? "link" : "code";
  const copy = element("button", { type: "button", textContent: `Copy ${leads}` });
  copy.title = `Copy the ${leads} that shows it as it stands`;
  const copied = element("p", { className: "copied", role: "status" });
  const large = element("button", { type: "button", title: "Fill the screen (f), and back (Esc)" });

  const presented = () => document.fullscreenElement === host;
  const present = () =>
    (presented() ? document.exitFullscreen() : host.requestFullscreen()).catch(({ message }) => {
      error.textContent = `${label}: the browser does not fill the screen here: ${message}`;
    });
  large.onclick = present;
  large.hidden = !document.fullscreenEnabled; // as on an iPhone
  host.onfullscreenchange = () => (large.textContent = presented() ? "Back" : "Present");
  large.textContent = "Present";

  // Or Jupyter takes the keys for itself: in its command mode an arrow goes to the next cell, a digit makes a heading.
  host.setAttribute("data-lm-suppress-shortcuts", "true");
  host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    const active = root.activeElement;
    const typing = active?.localName === "select" || (active instanceof HTMLInputElement && active.type === "text");
    if ((event.key === "f" && !typing && !large.hidden) || (event.key === "Escape" && presented())) present();
  });

  new ResizeObserver(() => (panels.tabIndex = panels.scrollWidth > panels.clientWidth ? 0 : -1)).observe(panels);
  for (const svg of /** @type {Iterable<SVGSVGElement>} */ (panels.children)) {
    svg.style.setProperty("--points", String(parseFloat(svg.getAttribute("width") ?? "")));
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("aria-hidden", "true");
  }
  form.append(...rows, element("span", { className: "buttons" }, reset, copy, large));
  root.append(element("style", { textContent: style }), form, copied, panels, status, error);
  return { root, rows, reset, copy, copied, panels, status, error };
}

// --- a group of the picture ---

/** What stands between the angle brackets of a tag, and between two tags. */
const TOKEN = /<[^>]*>|[^<]+/g;

/**
 * A group of the picture. Where another markup differs in words and in the values of attributes alone, only these are
 * changed: new elements take a browser longer to make, to style, to lay out and to paint.
 */
class Group {
  /** @param {Element} element */
  constructor(element) {
    this.element = element;
    this.markup = "";
    /** @type {string[]} */
    this.tokens = [];
    /** @type {Node[]} */
    this.nodes = []; // what each token but an end tag has made, once it is asked for
  }

  /** @param {string} markup */
  show(markup) {
    if (markup === this.markup) return;
    const tokens = markup.match(TOKEN) ?? [];
    if (!this.adapt(tokens)) {
      this.element.innerHTML = markup;
      this.nodes = [];
    }
    this.tokens = tokens;
    this.markup = markup;
  }

  /** Changes the elements that are there; false, with none changed, if others are needed. @param {string[]} tokens */
  adapt(tokens) {
    if (tokens.length !== this.tokens.length) return false;
    const changes = [];
    let place = -1;
    for (const [i, token] of tokens.entries()) {
      const before = this.tokens[i];
      if (!token.startsWith("</")) place += 1;
      if (token === before) continue;
      if (token.startsWith("<") !== before.startsWith("<")) return false;
      if (!token.startsWith("<")) changes.push({ place, name: "", value: token });
      else {
        // Each second part is the value of an attribute, and the part before it ends with its name.
        const [was, is] = [before.split('"'), token.split('"')];
        if (is.length !== was.length || is.some((part, j) => j % 2 === 0 && part !== was[j])) return false;
        is.forEach((value, j) => {
          const name = /\S+(?==$)/.exec(is[j - 1])?.[0] ?? "";
          if (value !== was[j]) changes.push({ place, name, value });
        });
      }
    }
    if (changes.some(({ value }) => value.includes("&"))) return false; // what is escaped is the parser's to read
    if (!this.nodes.length) {
      const walker = document.createTreeWalker(this.element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) this.nodes.push(walker.currentNode);
    }
    for (const { place, name, value } of changes) {
      const node = this.nodes[place];
      if (node instanceof Element) node.setAttribute(name, value);
      else node.nodeValue = value; // a text's words
    }
    return true;
  }
}

// --- one view of an explorer ---

class Shown {
  /**
   * @param {HTMLElement} host
   * @param {State} state
   * @param {(question: Question) => void} ask
   */
  constructor(host, state, ask) {
    this.host = host;
    this.state = state;
    this.ask = ask;
    this.frame = frame(host, state);
    this.frame.reset.onclick = () => this.move(state.defaults, "reset");
    this.copying = false;
    this.frame.copy.onclick = () => {
      this.copying = true;
      ask({ copy: true });
    };
    this.frame.rows.forEach((row, i) => {
      row.addEventListener("focusin", () => ask({ ahead: i }));
      row.addEventListener("pointerenter", () => ask({ ahead: i }));
    });
    this.values = state.at ?? state.values; // what the controls have got
    /** @type {Picture} */
    const first = { ...state }; // as it is now: `state` goes on with each answer
    this.latest = first; // the newest picture that was asked for, whole: those that come refer to it
    this.painted = first;
    this.asked = this.answered = this.reached = 0; // the last question; of which question `latest` and `painted` are
    this.pictures = state.pictures ?? new Map(); // by values, the newest last; null for what follows the moved control
    this.sought = key(this.values); // under which a picture made ahead of the last move would be kept
    this.pictures.set(key(state.values), first);
    const groups = /** @type {NodeListOf<SVGGElement>} */ (this.frame.panels.querySelectorAll("svg > g[id]"));
    this.groups = new Map([...groups].map((each) => [each.id, new Group(each)])); // of the picture, by name
    this.lost = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.waiting = undefined;
    /** @type {typeof together.now & {}} */
    this.group = new Set([this]);
    /** @type {number[][]} */
    this.followers = [];
    /** @type {Control[]} */
    this.controls = [];
    /** @type {(HTMLInputElement | HTMLSelectElement)[][]} */
    this.inputs = []; // of each control
    this.equip(state.controls);
    this.put(false);
    this.show();
  }

  /** @param {Spec[]} specs */
  equip(specs) {
    this.followers = specs.map(({ followers }) => followers);
    this.controls = specs.map((spec, i) => control(`control-${i}`, spec, (value) => this.move(this.with(i, value), i)));
    this.frame.rows.forEach((row, i) => row.replaceChildren(...this.controls[i].parts));
    this.inputs = this.frame.rows.map((row) => [...row.querySelectorAll("input"), ...row.querySelectorAll("select")]);
  }

  /** @type {(i: number, value: Value) => Value[]} */
  with(i, value) {
    return this.values.map((each, j) => (i === j ? value : each));
  }

  /** @param {boolean} answering */
  put(answering) {
    this.frame.copied.replaceChildren(); // it led to another setting
    this.controls.forEach((each, i) => each.put(this.values[i], answering));
  }

  /**
   * Goes where the reader has moved a control, or reset all.
   * @param {Value[]} values
   * @param {number | "reset"} by
   */
  move(values, by) {
    const moved = !same(values, this.values);
    this.values = values;
    const followers = by === "reset" ? [] : this.followers[by];
    this.sought = key(values.map((value, i) => followers.includes(i) ? null : value));
    this.put(false);
    if (moved) {
      const moving = (this.group = together.now = new Set([this]));
      this.expect();
      this.ask({ values, by });
      together.now = null;
      if (moving.size > 1) setTimeout(() => moving.forEach((each) => each.paint()), together.late);
    }
    this.show();
  }

  /** @param {Message} message */
  receive({ at, controls: specs, ahead, lost, leads, number = this.asked, ...message }) {
    this.lost = lost ?? this.lost;
    if (leads && this.copying) this.offer(leads);
    if (specs) this.pictures.clear();
    if (message.values) {
      const fragments = { ...this.latest.fragments, ...message.fragments };
      const picture = /** @type {Picture} */ ({ ...message, fragments });
      const name = key(message.values);
      this.pictures.delete(name);
      this.pictures.set(name, picture);
      if (this.pictures.size > this.state.kept) this.pictures.delete(this.pictures.keys().next().value ?? name);
      if (ahead && name !== key(this.values) && name !== this.sought) return;
      if (!ahead) {
        at ??= message.values;
        this.latest = picture;
        this.answered = number;
        clearTimeout(this.waiting);
        this.waiting = undefined;
      }
    }
    this.asked = Math.max(this.asked, number);
    if (specs) this.equip(specs);
    if (specs || (at && !same(at, this.values))) {
      this.values = at ?? this.values;
      this.sought = key(this.values);
      this.put(!specs);
      if (together.now) this.group = together.now.add(this);
    }
    if (message.values && !ahead && !this.kept()) this.expect();
    this.show();
  }

  /**
   * Shows what leads to the present setting, to be taken by hand where the browser does not let a page copy.
   * @param {string} leads
   */
  offer(leads) {
    this.copying = false;
    const field = element("input", { type: "text", readOnly: true, value: leads, ariaLabel: this.frame.copy.title });
    this.frame.copied.replaceChildren(field);
    field.select();
    const copied = () => this.frame.copied.append("Copied.");
    navigator.clipboard?.writeText(leads).then(copied, () => field.focus());
  }

  /** Says so if no answer comes. From here a kernel that is busy cannot be told from one that is gone. */
  expect() {
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined; // the next move, which clears what is said here, waits anew
      this.frame.error.textContent = `${this.state.label}: no answer from the kernel yet. If it is busy, ` +
        `the picture follows when it is free; if it was restarted: ${HELP}`;
    }, PATIENCE);
  }

  /** The picture of where the controls stand, if it is there. */
  kept() {
    return this.pictures.get(key(this.values)) ?? this.pictures.get(this.sought);
  }

  ready() {
    return !this.host.isConnected || Boolean(this.kept());
  }

  show() {
    if (!this.ready()) this.paint();
    else if ([...this.group].every((each) => each.ready())) this.group.forEach((each) => each.paint());
  }

  paint() {
    const { panels, status, error } = this.frame;
    const kept = this.kept();
    const of = kept ? this.asked : this.answered;
    if (of >= this.reached) { // else an answer has come that is older than what stands here, which was made ahead
      this.painted = kept ?? this.latest;
      this.reached = of;
    }
    const picture = this.painted;
    for (const [id, markup] of Object.entries(picture.fragments)) this.groups.get(id)?.show(markup);
    change(status, "textContent", picture.description);
    change(panels, "ariaLabel", `${this.state.label}. ${picture.description}`);
    this.inputs.forEach((inputs, i) => inputs.forEach((each) => change(each, "disabled", picture.disabled[i])));
    const gone = `${this.state.label}: no kernel draws it here, or the one that did has stopped or restarted. ${HELP}`;
    change(error, "textContent", this.lost ? gone : picture.error);
  }
}

/**
 * Shows an explorer in `host`, an empty element.
 * @param {HTMLElement} host
 * @param {State} state
 * @param {(question: Question) => void} ask
 * @returns {(message: Message) => void} what takes the answers
 */
export function open(host, state, ask) {
  const shown = new Shown(host, state, ask);
  return (message) => shown.receive(message);
}

// --- where a kernel answers ---

/**
 * The part of anywidget's model that is used here: of `set` only the form that every host knows, one value at a time.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(content: object) => void} send
 * @property {(event: string, callback: (this: any, content?: any) => void) => void} on
 * @property {(event: string, callback: (this: any, content?: any) => void) => void} off
 */

/**
 * What the views of one explorer in one page say to its kernel, and hear from it.
 *
 * The control values are attributes of the model, which ipywidgets keeps the same here, in the kernel and in other
 * pages, and `jslink` ties to those of other widgets. Each move, by the reader or a link, is also said as one numbered
 * question, `_asked`; an answer comes as `_page`, with the number. An answer older than the last question brings a
 * picture to keep, but does not move the controls: a fast hand is not undone.
 */
class Line {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.page = Math.random().toString(36).slice(2);
    this.asked = this.answered = 0;
    /** @type {(() => void) | undefined} */
    this.then = undefined; // what waits for the last answer
    /** @type {Map<string, number>} */
    this.moved = new Map(); // controls moved since the last answer -> the question that said so first
    this.reset = false; // whether nothing has been moved since the last reset
    this.writing = false; // whether a change of the model is this page's own
    /** @type {Set<(message: Message) => void>} */
    this.views = new Set();
    /** @type {State & {at: Value[], pictures: Map<string, Picture>}} */
    this.state = { ...model.get("_page"), pictures: new Map() };
    this.state.at = this.stands();
    /** @type {any} */
    let news;
    model.on("change:_page", () => (news = model.get("_page")));
    model.on("change", () => {
      if (this.writing) return;
      if (news) this.hear(news);
      else if (!same(this.stands(), this.state.at)) this.follow();
      news = undefined;
    });
    model.on("msg:custom", (message) => this.tell(message));
  }

  /** Where the model's attributes stand. @returns {Value[]} */
  stands() {
    return this.state.controls.map(({ name }) => this.model.get(name));
  }

  /** @param {Message} message */
  tell(message) {
    this.views.forEach((receive) => receive(message));
  }

  /** @param {Value[]} values */
  write(values) {
    this.writing = true;
    this.state.controls.forEach(({ name }, i) => {
      if (this.model.get(name) !== values[i]) this.model.set(name, values[i]);
    });
    this.writing = false;
    this.state.at = values;
  }

  /** Asks what a view asks. @param {Question} question */
  ask(question) {
    if (!("values" in question)) {
      const send = () => this.model.send({ ...question, page: this.page });
      if ("copy" in question && this.answered < this.asked) this.then = send; // what to copy follows from the answer
      else send();
      return;
    }
    const { values, by } = question;
    this.asked += 1;
    this.reset = by === "reset";
    if (by === "reset") this.moved.clear();
    else this.note(by);
    this.write(values);
    this.tell({ at: values, number: this.asked }); // the other views of this explorer, too
    if (same(this.stands(), values)) this.save();
    else this.follow(); // two controls of this explorer are linked
  }

  /** Asks for where a link has moved the model. */
  follow() {
    const before = this.state.at;
    this.asked += 1;
    this.reset = false;
    this.state.at = this.stands();
    this.state.at.forEach((value, i) => value !== before[i] && this.note(i));
    this.tell({ at: this.state.at, number: this.asked });
    this.save();
  }

  /** Notes that a control has been moved: the last one moved is the last that others follow. @param {number} i */
  note(i) {
    const { name } = this.state.controls[i];
    this.moved.delete(name);
    this.moved.set(name, this.asked);
  }

  save() {
    const by = this.reset ? "reset" : [...this.moved.keys()];
    this.writing = true;
    this.model.set("_asked", { page: this.page, number: this.asked, by, values: this.state.at });
    this.writing = false;
    this.model.save_changes();
  }

  /** Takes what is new: an answer, or a move by another page or in the kernel. @param {any} news */
  hear({ answer, ...news }) {
    const own = answer?.[0] === this.page;
    if (own) {
      this.answered = Math.max(this.answered, answer[1]);
      for (const [name, question] of this.moved) if (question <= this.answered) this.moved.delete(name);
    }
    const at = this.answered < this.asked && !news.controls ? this.state.at : news.values;
    Object.assign(this.state, news, { fragments: { ...this.state.fragments, ...news.fragments } });
    this.write(at);
    this.tell({ ...news, at, number: own ? answer[1] : this.asked });
    if (this.then && this.answered >= this.asked) {
      this.then();
      this.then = undefined;
    }
  }
}

export default () => {
  /** @type {Line} */
  let line;
  return {
    /** @param {{model: Model}} props */
    initialize({ model }) {
      line = new Line(model);
    },
    /** @param {{model: Model, el: HTMLElement}} props */
    render({ model, el }) {
      const host = el.appendChild(document.createElement("div"));
      const receive = open(host, line.state, (question) => line.ask(question));
      // ipywidgets calls it in the name of its view; anywidget's own `model` does not tell whether a kernel is there.
      // It is called when that changes, and at each move: a page that was saved with its widgets has never had one.
      const live = /** @this {any} */ function () {
        const known = typeof this?.model?.comm_live === "boolean";
        if (known && this.model.comm_live === lost) receive({ lost: lost = !lost });
      };
      let lost = false;
      line.views.add(receive);
      model.on("comm_live_update", live);
      model.on("change:_asked", live);
      return () => {
        line.views.delete(receive);
        model.off("comm_live_update", live);
        model.off("change:_asked", live);
        host.remove(); // ipywidgets holds on to the view
      };
    },
  };
};
