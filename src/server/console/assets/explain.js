// What would happen if this number called: asked of the server, which plays it through and reserves nothing.

import { ask, path } from "./api.js";

export function equip(board) {
  const form = board.querySelector("#if");
  if (form.dataset.equipped) return;
  form.dataset.equipped = "yes";
  form.querySelector("button").disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    explain(form);
  });
}

async function explain(form) {
  const answer = document.getElementById("if-answer");
  const given = [...new FormData(form)].map(([name, value]) => [name, value.trim()]);
  const question = Object.fromEntries(given.filter(([, value]) => value !== ""));
  answer.replaceChildren(element("p", "empty", "Playing it through …"));
  try {
    const said = await ask(path("explain"), { method: "POST", body: question, accept: "text/plain" });
    const [sentence, ...rest] = (await said.text()).split("\n");
    const detail = element("pre", "", rest.join("\n").trim());
    detail.tabIndex = 0;
    detail.setAttribute("aria-label", "The explanation in full");
    answer.replaceChildren(element("p", "sentence", sentence), detail);
  } catch (refused) {
    answer.replaceChildren(element("p", "fault", refused.message));
  }
}

function element(name, kind, words) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = words;
  return made;
}
