// Answers for an explorer where no kernel runs: reads the table that tables.py has written, and finds settings in it.

import { plain } from "./explorer.js";

// How much it costs to be a whole slider's length away from what the reader asked for.
const MOVED = 10; // the control just moved
const FOLLOWS = 1e-3; // one that follows others
const OPTION = 4; // what another option costs
const UNSEEN = 1 / 400; // of a slider's length: a step that no eye tells
const NEAR = 1 / 20; // of a number typed: how far off one may be that answers in its place, as of a loss

export async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const packed = answer.body.pipeThrough(new DecompressionStream("gzip"));
  return new Table(new Uint8Array(await new Response(packed).arrayBuffer()));
}

class Table {
  constructor(bytes) {
    const length = new DataView(bytes.buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    let at = 4 + length;
    const columns = header.columns.map((told) => {
      const made = column(told, bytes, at);
      at += told.length * told.width;
      return made;
    });
    this.state = header.state;
    this.names = header.names;
    this.couplings = header.couplings;
    this.texts = header.texts; // of the controls for texts: all that the table knows, in which `values` has places
    this.plain = Object.fromEntries(Object.entries(this.texts).map(([i, texts]) => [i, texts.map(plainly)]));
    this.values = header.controls.map((i) =>
      Float64Array.from({ length: columns[i].numbers.length }, (_, k) => columns[i].text(k))
    );
    this.found = []; // what `places` has found, by control
    this.boxes = header.state.controls.map((each) => each.kind === "checkbox");
    this.spans = header.state.controls.map((each) => {
      const power = (stop) => (each.base ? each.base ** stop : stop);
      return "min" in each ? power(each.max) - power(each.min) : 0;
    });
    this.artists = header.artists.map(({ shapes, shape, at }) => {
      const which = columns[shape].numbers;
      const seen = shapes.map(() => 0);
      return {
        shapes: shapes.map(([pieces, holes]) => ({ pieces, holes: holes.map((i) => columns[i]) })),
        shape: which,
        row: Int32Array.from(which, (each) => seen[each]++), // among the fragments of its shape
        at: columns[at].numbers,
        last: { at: -1, text: "" }, // what was shown last
      };
    });
  }

  // What the page shows at one setting of the table.
  picture(k) {
    const made = this.artists.map((artist) => {
      const { shapes, shape, row, at, last } = artist;
      if (last.at !== at[k]) { // or it is as it was, as most are
        const { pieces, holes } = shapes[shape[at[k]]];
        const text = pieces.reduce((text, piece, i) => text + holes[i - 1].text(row[at[k]]) + piece);
        artist.last = { at: at[k], text };
      }
      return artist.last.text;
    });
    const moving = Object.fromEntries(this.names.map((name, i) => [name, made[i]]));
    const fragments = { ...this.state.fragments, ...moving }; // hatches do not move
    const [description, ...lists] = made.slice(-3);
    const [disabled, reads] = lists.map((each) => JSON.parse(each));
    return { values: this.at(k), fragments, description, disabled, reads, error: "" };
  }

  at(k) {
    const value = (i, x) => (this.boxes[i] ? x === 1 : (this.texts[i]?.[x] ?? x));
    return this.values.map((column, i) => value(i, column[k]));
  }

  // A control's value as a number; a text's place, or that of the one to take where it is unknown: of a number its own
  // rounding, which claims less and nothing else, or the nearest.
  number(i, value) {
    const texts = this.plain[i];
    if (!texts) return Number(value);
    const text = plainly(value);
    if (texts.includes(text)) return texts.indexOf(text);
    for (let digits = (text.split(".")[1]?.length ?? 0) - 1; digits > 0; digits--) {
      const rounding = Number(text).toFixed(digits);
      if (texts.includes(rounding)) return texts.indexOf(rounding);
    }
    const apart = texts.map((each) => Math.abs(this.size(i, each) - this.size(i, text)));
    return Math.max(0, apart.indexOf(Math.min(...apart.filter((each) => each >= 0))));
  }

  // The size of the number in a text. One of which some are typed with "%" is a share, and 98 is the share 0.98.
  size(i, text) {
    const x = parseFloat(text);
    const share = this.plain[i].some((each) => each.endsWith("%"));
    return share && (text.endsWith("%") || x > 1) ? x / 100 : x;
  }

  // Whether a text was typed that the table does not have.
  unknown(i, value) {
    return this.plain[i] && !this.plain[i].includes(plainly(value));
  }

  // Each value that control `i` has in the table, with the settings that have it; of no control, one with all settings.
  places(i) {
    if (!this.found[i]) {
      const found = new Map();
      for (let k = 0; k < this.values[0].length; k++) {
        const value = this.values[i]?.[k];
        if (!found.has(value)) found.set(value, []);
        found.get(value).push(k);
      }
      this.found[i] = Array.from(found, ([value, settings]) => ({ value, settings }));
    }
    return this.found[i];
  }

  // The controls for whose number, typed as a text, the table has none that could answer in its place: each with it.
  strange(asked) {
    return asked.flatMap((value, i) => {
      if (!this.unknown(i, value)) return [];
      const [x, nearest] = [plainly(value), this.plain[i][this.number(i, value)]].map((each) => this.size(i, each));
      return Math.abs(x - nearest) <= Math.max(NEAR * Math.abs(x), 0.005) ? [] : [{ i, x: value }];
    });
  }

  // What other controls go to, by number, once the control `moved` stands where `values` says; undefined where the page
  // does not know.
  follows(moved, values) {
    const { on, table } = this.couplings[moved] ?? { on: [], table: { "[]": {} } };
    return table[JSON.stringify(on.map((i) => values[i]))];
  }

  // The setting to show once the reader has moved the control `moved` from the setting `before` to what `asked` says:
  // its number, and which controls are not where Python would have them.
  find(before, asked, moved) {
    const followers = new Set(
      Object.values(this.couplings[moved]?.table ?? {}).flatMap((each) => Object.keys(each).map(Number)),
    );
    const wanted = (values) => {
      const follows = this.follows(moved, values) ?? Object.fromEntries([...followers].map((i) => [i, NaN]));
      return values.map((value, i) => this.number(i, follows[i] ?? value));
    };
    const want = wanted(asked).map((value, i) => (isNaN(value) ? this.number(i, asked[i]) : value));
    const from = moved < 0 ? NaN : this.number(moved, before[moved]);
    const weight = (i) => (i !== moved ? 1 : this.spans[i] ? MOVED : Infinity);
    const weights = want.map((_, i) => (followers.has(i) ? FOLLOWS : weight(i)));
    const price = (i, apart) => apart && weights[i] * (this.spans[i] ? apart / this.spans[i] : OPTION);
    // Of tens of thousands of settings a move looks at those only that have the moved control nearest.
    let [best, least] = [0, Infinity];
    // A step never sticks: what lies on the other side of where the control was is not the nearest.
    const [goal, side] = [want[moved], Math.sign(want[moved] - from)];
    const near = this.places(moved).filter(({ value }) =>
      value === goal || Math.sign(value - from) === side || moved < 0
    );
    near.sort((a, b) => Math.abs(a.value - goal) - Math.abs(b.value - goal));
    for (const { value, settings } of near) {
      if (price(moved, Math.abs(value - goal)) > least) break;
      for (const k of settings) {
        let cost = 0;
        for (let i = 0; i < want.length && cost <= least; i++) cost += price(i, Math.abs(this.values[i][k] - want[i]));
        if (cost < least || (cost === least && k < best)) [best, least] = [k, cost];
      }
    }
    const taken = wanted(moved < 0 ? asked : asked.with(moved, this.at(best)[moved]));
    const far = (i) => Math.abs(this.values[i][best] - want[i]) > UNSEEN * this.spans[i];
    const away = (i) => this.unknown(i, asked[i]) || (i === moved ? far(i) : this.values[i][best] !== taken[i]);
    return { k: best, gone: want.flatMap((_, i) => (away(i) ? [i] : [])) };
  }
}

// A text as the table's are compared with it: of a number its digits, by which 0.70 is not 0.7.
const plainly = (text) => plain(String(text)) || String(text).trim();

// One column: its numbers, and the text that each of them stands for.
function column({ length, width, hex, digits, trim, pool }, bytes, at) {
  const numbers = new Int32Array(length);
  for (let k = 0, value = 0; k < length; k++) {
    let step = 0;
    for (let i = width - 1; i >= 0; i--) step = step * 256 + bytes[at + i * length + k];
    value += step % 2 ? -(step + 1) / 2 : step / 2;
    numbers[k] = value;
  }
  const text = pool
    ? (k) => pool[numbers[k]]
    : hex
    ? (k) => `#${numbers[k].toString(16).padStart(6, "0")}`
    : trim
    ? (k) => String(numbers[k] / 10 ** digits)
    : (k) => (numbers[k] / 10 ** digits).toFixed(digits);
  return { numbers, text };
}
