// A lesson on paper: what is folded on the page, answers first of all, stands on a page of its own at the end.

import { element } from "./explorer.js";

const made = (tag, className, ...children) => element(tag, { className }, ...children);

function titleOf(part) {
  return part.closest("section").querySelector("h1, h2, h3").textContent.replace(/#$/, "");
}

// What a folded part says, unfolded.
function unfolded(details) {
  const part = details.cloneNode(true);
  if (part.matches(".hide")) part.querySelector("summary").hidden = true; // it says "show" and "hide"
  for (const each of [part, ...part.querySelectorAll("details")]) {
    each.open = true;
    each.removeAttribute("class");
  }
  return part;
}

let added = [];
let theme;

addEventListener("beforeprint", () => {
  if (added.length) return;
  const answers = made("section", "answers");
  const note = (title, folded) => answers.append(made("h3", "", title), ...[...folded].map(unfolded));
  const parts = [...document.querySelectorAll("article details")];
  parts.filter((each) => !each.closest(".exercise, details details")).forEach((each, i) => {
    const told = made("p", "folded", `What do you expect? It stands at the end, under “Result ${i + 1}”.`);
    each.before(told);
    added.push(told);
    note(`Result ${i + 1} (${titleOf(each)})`, [each]);
  });
  for (const each of document.querySelectorAll(".exercise")) {
    note(titleOf(each), each.querySelectorAll(":scope > details"));
  }
  if (answers.childElementCount) answers.prepend(made("h2", "", "Results, hints and answers"));
  document.querySelector("article").append(answers);
  added.push(answers);
  document.querySelectorAll("article img[loading]").forEach((each) => each.loading = "eager");
  theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});

addEventListener("afterprint", () => {
  added.forEach((each) => each.remove());
  added = [];
  document.documentElement.dataset.theme = theme;
});
