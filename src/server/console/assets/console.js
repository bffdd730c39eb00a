// The console: keeps the page up to date, and lets people act on it.

import { equip as equipRows } from "./act.js";
import { tick } from "./clocks.js";
import { equip as equipForm } from "./explain.js";
import { start } from "./live.js";
import "./story.js";

start((board) => {
  equipRows(board);
  equipForm(board);
});

setInterval(tick, 1000);

// A page for a screen on a wall has what is read from afar, and nothing to press.
const wall = document.getElementById("wall");
const KEY = "ringmaster-wall";
const set = (is) => {
  document.body.classList.toggle("wall", is);
  wall.setAttribute("aria-pressed", String(is));
};
set(location.hash === "#wall" || localStorage.getItem(KEY) === "yes");
wall.hidden = false;
wall.addEventListener("click", () => {
  const is = !document.body.classList.contains("wall");
  localStorage.setItem(KEY, is ? "yes" : "no");
  set(is);
});
