// Keeps the page as the server sees the account: puts in the parts that have changed, and says when it has lost touch.

import { account, path } from "./api.js";
import { setClock, take } from "./clocks.js";
import { keepingFocus, patch, renew as renewed } from "./patch.js";

// Without a word for so long, touch is lost: the server says something every five seconds at least.
const SILENCE = 10_000;
const MOST_DECISIONS = 30;

const touch = document.getElementById("touch");
const lost = document.getElementById("lost");
const said = document.getElementById("said");

let source;
let parts;
let heard = performance.now();
// What the account's clocks showed at the last word.
let heardAt;
let problem = "";
let fetching = false;
let onBoard = () => {};

export function start(whenBoardIsNew) {
  onBoard = whenBoardIsNew;
  adopt();
  setClock(Number(board().dataset.at));
  heardAt = board().dataset.clock;
  connect();
  setInterval(watch, 1000);
  // A laptop that wakes up, or a network that is back, need not wait for the next try.
  addEventListener("online", connect);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && problem) connect();
  });
}

const board = () => document.getElementById("board");

// Makes the board that is in the page known: its parts by name, its times, its rows.
function adopt() {
  parts = new Map();
  for (const element of board().querySelectorAll("[data-part]")) {
    const { part } = element.dataset;
    // What it showed last may not be what the page came with.
    element.shown = undefined;
    if (!parts.has(part)) parts.set(part, []);
    parts.get(part).push(element);
  }
  take(board());
  mark();
  onBoard(board());
}

function connect() {
  source?.close();
  source = new EventSource(path("live"));
  heard = performance.now();
  source.addEventListener("board", (event) => told(event));
  source.addEventListener("change", (event) => told(event));
  source.addEventListener("blind", () => {
    heard = performance.now();
    lose("The store does not answer: what is shown is not how things are now.");
  });
  source.onerror = () => {
    lose("The server does not answer.");
    // A refusal ends the stream for good; anything else is tried again by the browser.
    if (source.readyState === EventSource.CLOSED) refused();
  };
}

async function refused() {
  const stop = new AbortController();
  let wait = 2000;
  try {
    const response = await fetch(path("live"), { signal: stop.signal });
    if (response.status === 401) location.reload();
    if (response.status === 429) {
      lose("As many watch already as may.");
      wait = 10_000;
    }
    stop.abort();
  } catch {
    // Not there yet.
  }
  setTimeout(connect, wait);
}

function watch() {
  if (performance.now() - heard > SILENCE) {
    lose("The server has fallen silent.");
    connect();
  }
}

function told(event) {
  const news = JSON.parse(event.data);
  heard = performance.now();
  heardAt = news.clock;
  setClock(news.at);
  if (news.shape !== board().dataset.shape) {
    renew();
    return;
  }
  for (const [name, html] of Object.entries(news.parts)) put(name, html);
  decide(news.decisions);
  find();
}

function put(name, html) {
  for (const element of parts.get(name) ?? []) {
    // A part that is the same is left alone, and with it whatever somebody has selected in it.
    if (element.shown === html) continue;
    element.shown = html;
    if (name === "now") announce(element, html);
    else patch(element, html);
    take(element);
  }
}

// Who waits is said to those who listen to the page, and no more than that: everything else changes all the time.
function announce(element, html) {
  const before = element.querySelector(".figure")?.textContent;
  patch(element, html);
  const after = element.querySelector(".figure")?.textContent;
  if (before !== undefined && before !== after) {
    said.textContent = after === "0" ? "Nobody waits any more." : `${after} waiting.`;
  }
}

function decide(items) {
  const list = document.getElementById("decisions");
  if (!list || items.length === 0) return;
  const [height, top] = [list.scrollHeight, list.scrollTop];
  for (const item of items) {
    if (list.querySelector(`[data-id="${CSS.escape(item.id)}"]`)) continue;
    const holder = document.createElement("ul");
    holder.innerHTML = item.html;
    list.prepend(...holder.children);
  }
  // Whoever reads further down goes on reading there.
  if (top > 0) list.scrollTop = top + list.scrollHeight - height;
  keepingFocus(list, () => {
    while (list.children.length > MOST_DECISIONS) list.lastElementChild.remove();
  });
  mark();
}

function mark() {
  const list = document.getElementById("decisions");
  const empty = document.getElementById("no-decisions");
  if (list && empty) empty.hidden = list.children.length > 0;
}

// There are other agents or queues: the page is fetched anew, and this one's board becomes the same.
async function renew() {
  if (fetching) return;
  fetching = true;
  try {
    const response = await fetch("/", { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("board");
    if (!response.ok) throw new Error(`the page said ${response.status}`);
    if (!fresh || page.body.dataset.account !== account) {
      location.reload();
      return;
    }
    renewed(board(), document.adoptNode(fresh));
    adopt();
    connect();
  } catch {
    setTimeout(renew, 2000);
  } finally {
    fetching = false;
  }
}

function show(kind, word) {
  touch.dataset.touch = kind;
  const shape = kind === "live" ? "ready" : "stale";
  const use = touch.querySelector("use");
  if (use.getAttribute("href") !== `#shape-${shape}`) use.setAttribute("href", `#shape-${shape}`);
  const text = touch.querySelector(".word");
  if (text.textContent !== word) text.textContent = word;
}

function find() {
  if (problem) said.textContent = "Live again.";
  problem = "";
  lost.hidden = true;
  document.body.classList.remove("lost");
  show("live", "Live");
}

function lose(why) {
  const text = `Lost touch at ${heardAt} (${document.body.dataset.zone}). ${why} This page goes on by itself.`;
  show("lost", `Lost touch at ${heardAt}`);
  document.body.classList.add("lost");
  if (problem === text) return;
  problem = text;
  lost.textContent = text;
  lost.hidden = false;
}
