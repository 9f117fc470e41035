// What a page of the site does by itself: explorers come alive from their tables, exercises answer.

import { open } from "./explorer.js";
import { load } from "./table.js";

const style = fetch(new URL("explorer.css", import.meta.url)).then((answer) => answer.text());

async function revive(place) {
  const table = await load(place.dataset.table);
  const host = document.createElement("div");
  const note = document.createElement("p");
  note.className = "nearest";
  note.role = "status";
  let now = table.state.values;
  const state = { ...table.state, style: await style, ...table.picture(table.find(now, now, -1).k) };
  const receive = open(host, state, (question) => {
    if ("ahead" in question) return; // all pictures are here
    const { values, by } = question;
    const { k, gone } = table.find(now, values, by === "reset" ? -1 : by);
    now = table.at(k);
    receive(table.picture(k));
    const names = gone.map((i) => `“${table.state.controls[i].description}”`).join(", ");
    note.innerHTML = names &&
      `This page has some of all settings, and took the nearest for ${names}. All are there ${place.dataset.kernel}.`;
  });
  place.replaceChildren(host, note);
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        seen.unobserve(target);
        revive(target).catch((error) => target.append(`The sliders did not come: ${error.message}`));
      }
    }
  },
  { rootMargin: "600px" },
);
document.querySelectorAll(".explorer").forEach((place) => seen.observe(place));

// A reply is one of those that Python has given when the site was built.
document.querySelectorAll(".exercise form").forEach((form) => {
  const box = form.closest(".exercise");
  const rules = JSON.parse(box.querySelector("script").textContent);
  const reply = box.querySelector(".reply");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    reply.innerHTML = judge(box.dataset.asks, rules, form);
  });
});

function judge(asks, rules, form) {
  const ticked = [...form.querySelectorAll("input:checked")].map((each) => each.value);
  if (asks === "choice") return rules[ticked[0]] ?? "Choose one of the answers.";
  if (asks === "labels") return rules[ticked.join(",")];
  const typed = form.querySelector("input").value.trim().toLowerCase().replace("−", "-").replace(
    /^([^.]*),([^.,]*)$/,
    "$1.$2",
  );
  const infinite = /^\+?(-?)(?:∞|inf|infinity)$/.exec(typed);
  if (infinite) return rules.replies[rules.special[`${infinite[1]}inf`]].replace("{}", `${infinite[1]}inf`);
  const x = typed === "" ? NaN : Number(typed);
  if (!Number.isFinite(x)) return "A number is wanted, such as 0.25.";
  const [, which] = rules.starts.findLast(([from]) => from === null || x >= from);
  return rules.replies[which].replace("{}", written(x));
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

// The front page's box types a loss into the detective below it, which comes alive when it is near.
document.querySelector(".ways .stuck")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const places = [...document.querySelectorAll(".explorer")];
  const place = places.find((each) => each.dataset.name === "loss_floor");
  place.scrollIntoView({ behavior: "instant", block: "start" });
  const box = () => place.querySelector("div")?.shadowRoot?.querySelector('input[type="text"]');
  while (!box()) await new Promise(requestAnimationFrame);
  box().value = event.target.elements.loss.value || event.target.elements.loss.placeholder;
  box().dispatchEvent(new Event("change"));
  box().focus();
});
