// Answers for an explorer where no kernel runs: reads the table that tables.py has written, and finds settings in it.

const FAR = 1e6; // of the control that the reader moved, beside a slider's whole length
const OTHER = 4; // of another option, beside the same
const LIGHT = 1e-3; // of a control that follows others

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
    this.values = header.controls.map((i) => Float64Array.from({ length: columns[i].numbers.length }, (_, k) => columns[i].text(k)));
    this.boxes = header.state.controls.map((each) => each.kind === "checkbox");
    this.spans = header.state.controls.map((each) => (each.kind === "range" ? each.max - each.min : 0));
    this.artists = header.artists.map(({ shapes, shape, at }) => {
      const which = columns[shape].numbers;
      const seen = shapes.map(() => 0);
      return {
        shapes: shapes.map(([pieces, holes]) => ({ pieces, holes: holes.map((i) => columns[i]) })),
        shape: which,
        row: Int32Array.from(which, (each) => seen[each]++), // among the fragments of its shape
        at: columns[at].numbers,
      };
    });
  }

  // What the page shows at one setting of the table.
  picture(k) {
    const made = this.artists.map(({ shapes, shape, row, at }) => {
      const { pieces, holes } = shapes[shape[at[k]]];
      return pieces.reduce((text, piece, i) => text + holes[i - 1].text(row[at[k]]) + piece);
    });
    const fragments = Object.fromEntries(this.names.map((name, i) => [name, made[i]]));
    return { values: this.at(k), fragments, description: made.at(-1), error: "" };
  }

  at(k) {
    return this.values.map((column, i) => (this.boxes[i] ? column[k] === 1 : column[k]));
  }

  // The setting to show once the reader has moved control `moved` from `before` to what `asked` says: its number, and
  // which other controls could not be where Python would have them.
  find(before, asked, moved) {
    const { on, table } = this.couplings[moved] ?? { on: [], table: {} };
    const follows = table[JSON.stringify(on.map((i) => asked[i]))];
    const want = asked.map((value, i) => Number(follows?.[i] ?? value));
    const followers = new Set(Object.values(table).flatMap((each) => Object.keys(each).map(Number)));
    let column = this.values[moved];
    if (column && this.spans[moved] && !column.includes(want[moved])) want[moved] = this.next(column, Number(before[moved]), want[moved]);
    let best = 0;
    let least = Infinity;
    for (let k = 0; k < this.values[0].length; k++) {
      let far = 0;
      for (let i = 0; i < want.length && far < least; i++) {
        const apart = Math.abs(this.values[i][k] - want[i]);
        if (apart) far += (this.spans[i] ? apart / this.spans[i] : OTHER) * (i === moved ? FAR : followers.has(i) ? LIGHT : 1);
      }
      if (far < least) [best, least] = [k, far];
    }
    const gone = want.map((_, i) => i).filter((i) => this.values[i][best] !== Number(follows?.[i] ?? asked[i]) && !(followers.has(i) && !follows));
    return { k: best, gone };
  }

  // The value next to the one asked for, but never the one before the move: a step must not stick.
  next(column, before, asked) {
    const onward = (value) => Math.sign(value - before) === Math.sign(asked - before);
    let best = before;
    for (const value of column) {
      if (onward(value) && (best === before || Math.abs(value - asked) < Math.abs(best - asked))) best = value;
    }
    return best;
  }
}

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
