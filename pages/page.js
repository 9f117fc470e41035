// What a page of the site does by itself: explorers come alive from their tables, exercises answer.

import { accept, element, grouped, open, read } from "./explorer.js";
import "./print.js";
import { isRight } from "./progress.js";
import { load } from "./table.js";

const fetched = (/** @type {string} */ name) => fetch(new URL(name, import.meta.url));
const style = fetched("explorer.css").then((answer) => answer.text());
let sections; // {a place as the clinic names it: its address}, once an explorer names one
const places = [...document.querySelectorAll(".explorer")];

// --- explorers ---

// What an address calls an explorer of this page: "row_loss", and the second of them "row_loss-2".
function nameOf(place) {
  const alike = places.filter((each) => each.dataset.name === place.dataset.name);
  const number = alike.indexOf(place) + 1;
  return place.dataset.name + (number > 1 ? `-${number}` : "");
}

// Brings an explorer to life, once. Gives what goes to a setting that an address asks for.
function revive(place) {
  seen.unobserve(place);
  place.alive ??= draw(place).catch((error) => place.append(`The sliders did not come: ${error.message}`));
  return place.alive;
}

async function draw(place) {
  const table = await load(place.dataset.table);
  const host = element("div");
  const [heeded, note] = [paragraph(), paragraph()]; // above it of the address, below of what was moved since
  const reads = element("p"); // where the lessons say more
  const { controls, defaults } = table.state;
  let now = table.state.values;
  let { k } = table.find(now, now, -1);
  const state = { ...table.state, link: true, style: await style, ...table.picture(k) };
  const show = (values, by) => {
    const strange = table.strange(values);
    const found = strange.length ? { k, gone: [] } : table.find(now, values, by);
    k = found.k;
    now = table.at(k);
    const picture = table.picture(k);
    receive(picture);
    leadOn(reads, picture.reads);
    const name = (i) => `“${controls[i].description}”`;
    const lacking = strange.map(({ i, x }) => `has none near ${x} for ${name(i)}: it stays as it was`);
    const took = found.gone.length ? [`took the nearest for ${found.gone.map(name).join(", ")}`] : [];
    const said = [...lacking, ...took].join(", and ");
    note.textContent = said && `This page has some of all settings, and ${said}. All are there `; // typed text in it
    note.insertAdjacentHTML("beforeend", said && `${place.dataset.kernel}.`);
  };
  const receive = open(host, state, (question) => {
    if ("copy" in question) {
      history.replaceState(null, "", `#${nameOf(place)}?${endOfAddress(controls, defaults, now)}`);
      receive({ leads: location.href });
    } else if ("values" in question) { // all pictures are here, none is made ahead
      show(question.values, question.by === "reset" ? -1 : question.by);
    }
  });
  leadOn(reads, state.reads);
  place.replaceChildren(heeded, host, reads, note);
  return (asked) => {
    const { values, said } = readSetting(controls, defaults, asked);
    show(values, -1);
    heeded.replaceChildren(said, ...note.childNodes);
  };
}

// Makes links of the places that an explorer names, such as "04 Softmax twice".
async function leadOn(reads, named) {
  if (named.length) sections ??= fetched("sections.json").then((answer) => answer.json());
  const known = (await sections) ?? {};
  const links = named.filter((each) => known[each]);
  const parts = links.flatMap((each) => [" · ", element("a", { href: known[each], textContent: each })]);
  reads.replaceChildren(...(links.length ? ["Read on: ", ...parts.slice(1)] : []));
}

function paragraph(textContent = "") {
  return element("p", { className: "nearest", role: "status", textContent });
}

// The controls that do not stand where they start, as the end of an address.
function endOfAddress(controls, defaults, values) {
  const moved = controls.flatMap(({ name, texts }, i) =>
    values[i] === defaults[i] ? [] : [[name, String(texts?.[values[i]] ?? values[i])]]
  );
  return new URLSearchParams(moved);
}

// The values that the end of an address asks for, and what is to be said of what it asks in vain.
function readSetting(controls, defaults, asked) {
  const values = [...defaults];
  const faults = [...new URLSearchParams(asked)].flatMap(([name, text]) => {
    const i = controls.findIndex((each) => each.name === name);
    const names = controls.map((each) => each.name).join(", ");
    const { value, want } = i < 0 ? { want: `one of ${names}` } : accept(controls[i], text);
    if (want === undefined) values[i] = value;
    return want === undefined ? [] : [`“${name}=${text}”, want ${want}`];
  });
  return { values, said: faults.length ? `The address asks in vain for ${faults.join("; ")}. ` : "" };
}

const seen = new IntersectionObserver(
  (entries) => entries.filter((each) => each.isIntersecting).forEach((each) => revive(each.target)),
  { rootMargin: "600px" },
);
places.forEach((place) => seen.observe(place));

// Goes to the setting of which the address speaks, such as "#logit_table?temperature=2".
async function follow() {
  const [, name, asked] = /^#([a-z]\w*(?:-\d+)?)\?(.*=.*)$/.exec(location.hash) ?? [];
  const place = places.find((each) => nameOf(each) === name);
  if (place) {
    const go = await revive(place);
    go?.(asked);
    place.scrollIntoView({ behavior: "instant", block: "start" });
  } else if (name) {
    const said = `The address asks for the explorer “${name}”, which this page does not have.`;
    document.querySelector("article").prepend(paragraph(said));
  }
}
addEventListener("hashchange", follow);
follow();

// --- tables of words ---

// On a phone the cells of one with four columns or more stand below each other (page.css), and each says what it is.
for (const table of document.querySelectorAll("article table:has(thead th:nth-child(4))")) {
  if (table.closest(".cell_output")) continue; // of numbers
  const heads = [...table.tHead.rows[0].cells].map((each) => each.textContent);
  for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, i) => cell.dataset.head = heads[i]);
}

// --- the list of pages ---

// What opens the teacher's pages there has a picture alone.
for (const each of document.querySelectorAll(".has-children > details > summary")) {
  each.ariaLabel = `Pages of ${each.closest("li").querySelector("a").textContent}`;
}

// --- formulas ---

// One that is wider than the page is scrolled by key, too, as the theme has it for code.
const wide = new ResizeObserver((entries) =>
  entries.forEach(({ target }) => target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1)
);
document.querySelectorAll(".formula").forEach((each) => wide.observe(each));

// --- exercises ---

// A reply is one of those that Python has given when the site was built.
document.querySelectorAll(".exercise form").forEach((form) => {
  const box = form.closest(".exercise");
  const rules = JSON.parse(box.querySelector("script").textContent);
  const reply = box.querySelector(".reply");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    reply.innerHTML = judge(box.dataset.asks, rules, form);
    if (/^Correct\b/.test(reply.textContent)) isRight(box.dataset.id);
  });
});

function judge(asks, rules, form) {
  const ticked = [...form.querySelectorAll("input:checked")].map((each) => each.value);
  if (asks === "choice") return rules[ticked[0]] ?? "Choose one of the answers.";
  if (asks === "labels") return rules[ticked.join(",")];
  const typed = form.querySelector("input").value;
  const infinite = /^\+?(-?)(?:∞|inf|infinity)$/.exec(typed.trim().toLowerCase().replace("−", "-"));
  if (infinite) return rules.replies[rules.special[`${infinite[1]}inf`]].replace("{}", `${infinite[1]}inf`);
  const x = read(typed);
  if (!Number.isFinite(x)) return "A number is wanted, such as 0.25.";
  const [, which] = rules.starts.findLast(([from]) => from === null || x >= from);
  const said = grouped(typed); // digits and their separators alone
  return rules.replies[which].replace("{}", written(x)) + (said && ` (${said}; a decimal has a point.)`);
}

// A number as Python's replies write it: '.9g' of four decimals for usual sizes, '.4g' for others.
function written(x) {
  const size = Math.abs(x);
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  if (size >= 1e-2 && size < 1e5) return String(Number(x.toFixed(4)));
  const [digits, power] = x.toExponential(3).split("e");
  return power >= -4 && power < 4
    ? String(Number(x.toPrecision(4)))
    : `${Number(digits)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

// What is typed into the front page's box is typed into the detective below it, and the answer comes into view.
document.querySelector(".ways .stuck")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { value, placeholder } = event.target.elements.loss;
  const place = places.find((each) => each.dataset.name === "loss_floor");
  await revive(place);
  const { shadowRoot } = place.querySelector("div");
  const [input, picture] = ["input", ".panels"].map((each) => shadowRoot.querySelector(each));
  input.value = value.trim() || placeholder;
  input.dispatchEvent(new Event("change"));
  const refused = input.ariaInvalid === "true";
  // The picture and not the box has the focus then: or a phone's keyboard would stay, and cover it.
  (refused ? input : picture).focus({ preventScroll: true });
  (refused ? input : place.lastElementChild).scrollIntoView({ behavior: "instant", block: refused ? "center" : "end" });
});
