// The story of a call, in the order in which it happened, behind each decision and each call that waits.

import { ask, path } from "./api.js";

const dialog = document.getElementById("story");
const body = document.getElementById("story-body");

addEventListener("click", (event) => {
  const call = event.target.closest?.("button[data-call]")?.dataset.call;
  if (call) open(call);
});

async function open(call) {
  document.getElementById("story-title").textContent = `Call ${call}`;
  body.replaceChildren(text("p", "Looking it up …", "empty"));
  dialog.showModal();
  try {
    const [told, why] = await Promise.all([ask(path("calls", call)).then((said) => said.json()), explained(call)]);
    body.replaceChildren(...(why ? [text("p", why, "sentence")] : []), ...facts(told), timeline(told));
  } catch (refused) {
    body.replaceChildren(text("p", refused.message, "fault"));
  }
}

// Why it went so, in a sentence, where the server can still say.
async function explained(call) {
  try {
    const said = await ask(path("calls", call, "explain"), { accept: "application/json" });
    const { summary } = await said.json();
    return typeof summary === "string" ? summary : "";
  } catch {
    return "";
  }
}

function facts(told) {
  const first = (told.timeline ?? []).find((entry) => entry.kind === "decision");
  const rows = [
    ["From", first ? first.caller || "hidden number" : undefined],
    ["To", first?.dialed],
    ["Pressed", told.digits],
    ["Field", told.custom_field],
    ["Holds", (told.holds ?? []).map((held) => `${held.agent} (${held.state.replace("_", " ")})`).join(", ")],
    ["Rules", first?.rules_version],
  ];
  const list = document.createElement("dl");
  for (const [name, value] of rows) {
    if (value) list.append(text("dt", name), text("dd", value));
  }
  return list.children.length > 0 ? [list] : [];
}

function timeline(told) {
  const entries = told.timeline?.length ? told.timeline.map(line) : (told.attempts ?? []).map(attempt);
  if (entries.length === 0) return text("p", "Nothing more is known of it.", "empty");
  const list = document.createElement("ol");
  list.className = "story";
  list.append(...entries);
  return list;
}

const clock = (at) => String(at ?? "").slice(11, 19);

function entry(at, words, detail) {
  const item = document.createElement("li");
  item.append(text("time", clock(at)), text("span", words, "what"));
  for (const more of detail.filter(Boolean)) item.append(text("span", more, "detail"));
  return item;
}

function line(told) {
  const kinds = { decision: decided, replay: replayed, report: reported, click: clicked };
  const [words, detail] = (kinds[told.kind] ?? (() => [told.kind, []]))(told);
  return entry(told.at, words, detail);
}

const seconds = (millis) => (millis >= 1000 ? `${Math.round(millis / 1000)} s` : `${millis} ms`);

function decided(told) {
  const rings = (told.rings ?? []).map((ring) =>
    ring.agent ? `${ring.agent}${ring.queue ? ` (${ring.queue})` : ""}` : ring.contact_uri,
  );
  const reasons = {
    rule: "the rule rings nobody",
    nobody_ready: "nobody was ready",
    cap: "the queue is full",
    waiting: "it waits",
    attempts: "no attempt is left",
    fallback: "the fallback",
  };
  const came = rings.length > 0 ? `rings ${rings.join(", ")}` : `rings nobody: ${reasons[told.why] ?? told.outcome}`;
  const asked = (told.path ?? []).map((step) => (step.condition ? `not ${step.rule}: ${step.why}` : step.rule));
  const targets = (told.targets ?? []).map(
    (target) => `${target.queue ?? target.numbers?.join(", ")}${target.open ? "" : " (not open)"}`,
  );
  return [
    `Attempt ${told.attempt}: ${came}`,
    [
      told.rule ? `by the rule “${told.rule}”` : "no rule takes it",
      asked.length > 1 ? asked.slice(0, -1).join("; ") : "",
      targets.length > 0 ? `looked in ${targets.join(", ")}` : "",
      told.waited_ms ? `after ${seconds(told.waited_ms)} of waiting` : "",
      told.told ? `the dial before: ${told.told.outcome.replace("_", " ")}` : "",
      told.last ? "the last answer" : "",
    ],
  ];
}

const replayed = (told) => [`Asked again, got the answer of attempt ${told.attempt}`, []];

function reported(told) {
  const words = {
    dial: "Exotel dials",
    ringing: "It rings",
    answered: "Answered",
    terminal: "The leg is over",
    end: "The dial is over",
    callback: "Exotel says",
  };
  const length = [
    told.rang_s === undefined ? "" : `rang ${told.rang_s} s`,
    told.talked_s === undefined ? "" : `talked ${told.talked_s} s`,
    told.news === false ? "known before" : "",
  ];
  const outcome = told.outcome ? `: ${told.outcome.replace("_", " ")}` : "";
  return [`${words[told.event] ?? told.event}${told.who ? ` ${told.who}` : ""}${outcome}`, length];
}

const clicked = (told) => [
  `Click: ${told.agent ?? told.queue ?? ""} to ${told.to} — ${told.outcome.replace("_", " ")}`,
  [told.why?.replaceAll("-", " ")],
];

function attempt(told) {
  const rings = told.rings.map((ring) => `${ring.agent ?? ring.contact_uri} (${ring.state.replace("_", " ")})`);
  return entry(told.at, rings.length > 0 ? `Rang ${rings.join(", ")}` : "Rang nobody", [told.rule]);
}

function text(name, words, kind) {
  const element = document.createElement(name);
  element.textContent = words;
  if (kind) element.className = kind;
  return element;
}
