// What this browser remembers of a reader, for the reader alone: which exercises are right, and where one left off.

import { element } from "./explorer.js";

const KEY = "logits-softmax-sigmoid"; // other projects' pages may be on the same server
const NOTHING = { right: [], left: { page: "", heading: "", hash: "" } };
const QUESTION = "Forget which exercises you had right, and where you left off?";

const page = location.pathname.split("/").pop().replace(/\.html$/, "");
const forms = [...document.querySelectorAll(".exercise form")];
const road = JSON.parse(document.querySelector("script.road")?.textContent ?? "[]"); // on the front page: the lessons
let memory = NOTHING; // of this visit, where the browser lets no page remember
let forgotten = false; // until something is right again: to leave the page is not to be remembered

function remembered() {
  try {
    const { right, left } = JSON.parse(localStorage.getItem(KEY));
    const texts = (/** @type {unknown[]} */ all) => all.every((each) => typeof each === "string");
    return texts([...right, left.page, left.heading, left.hash]) ? { right, left } : NOTHING;
  } catch {
    return memory;
  }
}

function remember(news) {
  memory = { ...remembered(), ...news };
  try {
    localStorage.setItem(KEY, JSON.stringify(memory));
  } catch { /* `memory` lasts for this visit */ }
  show();
}

function forget() {
  if (!confirm(QUESTION)) return;
  memory = NOTHING;
  forgotten = true;
  try {
    localStorage.removeItem(KEY);
  } catch { /* nothing was kept */ }
  forms.forEach((form) => form.closest(".exercise").querySelector(".reply").replaceChildren());
  show();
}

// Notes that an exercise of this page is right.
export function isRight(id) {
  forgotten = false;
  remember({ right: [...new Set([...remembered().right, id])] });
}

function bar(done, all) {
  return element("progress", { value: done, max: all, ariaLabel: "exercises right" });
}

function line(done, all, where) {
  const title = "Only this browser knows it, and nothing is sent: forget it here too";
  const hidden = remembered() === NOTHING;
  const button = element("button", { type: "button", title, hidden, onclick: forget }, "Forget");
  return [bar(done, all), ` ${done} of ${all} exercises right ${where} `, button];
}

// --- what is shown of it ---

const summary = element("p", { className: "standing" });
const start = document.querySelector(road.length ? ".ways" : "article h1");
if (road.length || forms.length) start?.after(summary);
const begin = document.querySelector(".ways a");
const [beginAt, beginWith] = [begin?.getAttribute("href"), begin?.querySelector("span").textContent];

function show() {
  const { right, left } = remembered();
  const count = (ids) => ids.filter((each) => right.includes(each)).length;
  if (forms.length) summary.replaceChildren(...line(count(forms.map(idOf)), forms.length, "on this page"));
  for (const form of forms) form.closest(".exercise").classList.toggle("right", right.includes(idOf(form)));
  if (!road.length) return;
  const all = road.flatMap((lesson) => lesson.asks);
  const lesson = road.find((each) => each.page === left.page);
  summary.replaceChildren(...(lesson || right.length ? line(count(all), all.length, "on the road") : []));
  begin.href = lesson ? `${lesson.page}.html${left.hash}` : beginAt;
  const at = lesson && left.heading !== lesson.title ? `: ${left.heading}` : ""; // its title is its first heading
  begin.querySelector("span").textContent = lesson ? `Go on with ${lesson.title}${at}` : beginWith;
  for (const { page, asks } of road) {
    for (const link of document.querySelectorAll(`article li a[href="${page}.html"]`)) {
      const item = link.closest("li");
      item.querySelector(".standing")?.remove();
      if (!count(asks)) continue;
      const told = ` ${count(asks)} of ${asks.length}`;
      item.append(element("span", { className: "standing" }, bar(count(asks), asks.length), told));
    }
  }
}

function idOf(form) {
  return form.closest(".exercise").dataset.id;
}

// --- where one left off: the heading above the middle of the window ---

function leave() {
  if (!forms.length || forgotten || scrollY === 0) return;
  const headings = [...document.querySelectorAll("article :is(h1, h2, h3)")];
  const last = headings.findLast((each) => each.getBoundingClientRect().top < innerHeight / 2) ?? headings[0];
  const heading = last.textContent.replace(/#$/, "");
  remember({ left: { page, heading, hash: last.querySelector(".headerlink")?.hash ?? "" } });
}

addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => document.hidden && leave());
addEventListener("pageshow", show); // also when the reader comes back to it
addEventListener("storage", show); // another tab has something right
show();
