// What may be done to an agent: asked for in a dialog that says what will happen before it does.

import { ask, path, role } from "./api.js";

const dialog = document.getElementById("act");
const form = document.getElementById("act-form");
const find = (id) => document.getElementById(id);

let agent;

// Gives each row its button, to those who may.
export function equip(board) {
  if (role === "read") return;
  for (const row of board.querySelectorAll("li[data-agent]")) {
    const button = row.querySelector("button") ?? added(row);
    button.setAttribute("aria-label", `Change ${nameOf(row)}`);
  }
}

// The row stays when the agent gets another name.
const nameOf = (row) => row.querySelector(".name").textContent;

function added(row) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet change";
  button.dataset.ours = "";
  button.textContent = "Change";
  button.addEventListener("click", () => open(row));
  row.append(button);
  return button;
}

function open(row) {
  const name = nameOf(row);
  const word = row.querySelector(".word")?.textContent ?? "";
  agent = { id: row.dataset.agent, name, word, kind: row.querySelector(".state")?.classList[1] };
  find("act-title").textContent = name;
  find("act-now").textContent = `Now: ${word}.`;
  find("act-fault").hidden = true;
  find("act-release").textContent =
    role === "admin" ? "Free now: end whatever holds the agent" : "Free now: end wrap-up or the pause";
  form.reset();
  say();
  dialog.showModal();
}

const chosen = () => form.elements.act.value;

// The button says what it does, and a warning what may come of it.
function say() {
  const words = {
    on_break: "Put on a break",
    available: "Make available",
    release: "Free now",
    offline: "Set offline",
  };
  find("act-do").textContent = `${words[chosen()]}: ${agent.name}`;
  find("act-break").hidden = chosen() !== "on_break";
  const held = ["reserved", "ringing", "in_call"].includes(agent.kind);
  const warnings = {
    release: "The call may go on, and another can come in at once: the agent is taken for free from now on.",
    on_break: "The agent is held by a call; the break begins when that is over.",
    offline: "The agent is held by a call; this holds when that is over.",
  };
  const warning = held ? (warnings[chosen()] ?? "") : "";
  find("act-warning").textContent = warning;
  find("act-warning").hidden = warning === "";
}

form.addEventListener("change", say);

form.addEventListener("submit", async (event) => {
  if (event.submitter?.value !== "do") return;
  event.preventDefault();
  const button = find("act-do");
  button.disabled = true;
  try {
    await change();
    find("said").textContent = `Done: ${button.textContent}.`;
    dialog.close();
  } catch (refused) {
    find("act-fault").textContent = refused.message;
    find("act-fault").hidden = false;
  } finally {
    button.disabled = false;
  }
});

async function change() {
  if (chosen() === "release") {
    await ask(path("agents", agent.id, "release"), { method: "POST" });
    return;
  }
  const body = { status: chosen() };
  if (chosen() === "on_break") {
    const reason = form.elements.reason.value.trim();
    const lasting = form.elements.for.value;
    if (reason) body.reason = reason;
    if (lasting) body.for = lasting;
  }
  await ask(`${path("agents", agent.id)}/presence`, { method: "PUT", body });
}
