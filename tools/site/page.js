// What a page of the site does by itself: explorers come alive from their tables, exercises answer.

import { open } from "./figure.js";
import { load } from "./table.js";

const KERNEL = document.querySelector("meta[name=kernel]")?.content;

async function revive(place) {
  const table = await load(place.dataset.table);
  const host = document.createElement("div");
  const note = document.createElement("p");
  note.className = "nearest";
  note.role = "status";
  let before = table.state.values;
  const receive = open(host, table.state, ({ values }) => {
    if (!values) return; // pictures ahead: all are here
    const changed = values.map((_, i) => i).filter((i) => values[i] !== before[i]);
    const { k, gone } = table.find(before, values, changed.length === 1 ? changed[0] : -1);
    receive(table.picture(k));
    before = table.at(k);
    const moved = gone.map((i) => table.state.controls[i].description).join(", ");
    note.textContent = moved && `This page holds a part of all settings: ${moved} went to the nearest that it has. With a kernel every setting is there.`;
  });
  receive(table.picture(table.find(before, before, -1).k));
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
