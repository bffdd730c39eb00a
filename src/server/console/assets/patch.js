// Makes what is in the page say what new HTML says, and leaves alone whatever says the same. With it stay where somebody is with
// the keyboard, what they have selected, opened or scrolled to, and what they are typing.

// What belongs to whoever looks at the page: the server has nothing new to say of it.
const THEIRS = "#if, #if-answer";
// What the script has added itself.
const OURS = "[data-ours]";

// Puts new HTML into an element.
export function patch(element, html) {
  const holder = element.cloneNode(false);
  holder.innerHTML = html;
  keepingFocus(element, () => fit(element, holder));
}

// Puts a whole new element in the place of one.
export function renew(element, fresh) {
  keepingFocus(element, () => same(element, fresh));
}

// Does work in an element. Whoever was in it with the keyboard is still there afterwards, or next to where they were.
export function keepingFocus(element, work) {
  const held = element.contains(document.activeElement) ? document.activeElement : null;
  const place = held ? stops(element).indexOf(held) : -1;
  work();
  if (!held || document.activeElement === held) return;
  const left = stops(element);
  const to = held.isConnected ? held : left[Math.min(Math.max(place, 0), left.length - 1)];
  if (!to) element.tabIndex = -1;
  (to ?? element).focus({ preventScroll: true });
}

const stops = (element) => [...element.querySelectorAll("button:not(:disabled), a[href], input, select, summary, [tabindex]")];

// What tells a line from others, wherever it stands.
function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const { id, part, agent, call, queue } = node.dataset;
  return node.id || id || part || agent || queue || call || (node.firstElementChild?.dataset.call ?? "");
}

const isOurs = (node) => node.nodeType === Node.ELEMENT_NODE && node.matches(OURS);

function fit(element, fresh) {
  const wanted = new Set([...fresh.children].map(keyOf));
  const known = new Map();
  for (const child of [...element.children]) {
    const key = keyOf(child);
    if (!key) continue;
    // Gone first, so that those behind it need not be moved: a move would take the focus away.
    if (wanted.has(key)) known.set(key, child);
    else if (!isOurs(child)) child.remove();
  }
  let next = skip(element.firstChild);
  for (const node of [...fresh.childNodes]) {
    const key = keyOf(node);
    const old = key ? known.get(key) : ahead(next, node);
    known.delete(key);
    if (old?.nodeName !== node.nodeName) {
      element.insertBefore(node, next);
      continue;
    }
    // What has no key keeps its order, so what was passed over is not wanted any more.
    while (next !== old && !keyOf(next)) next = without(next);
    if (old === next) next = skip(next.nextSibling);
    else element.insertBefore(old, next);
    same(old, node);
  }
  while (next) next = without(next);
}

// Removes a node; the one behind it.
function without(node) {
  const next = skip(node.nextSibling);
  node.remove();
  return next;
}

// The node without a key that is to become this one: a text at once, an element behind whatever else stands there.
function ahead(from, wanted) {
  if (wanted.nodeType !== Node.ELEMENT_NODE) return from && !keyOf(from) ? from : undefined;
  let here = from;
  while (here && (keyOf(here) || here.nodeName !== wanted.nodeName)) here = skip(here.nextSibling);
  return here ?? undefined;
}

function skip(node) {
  let here = node;
  while (here && isOurs(here)) here = here.nextSibling;
  return here;
}

function same(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.matches(THEIRS)) return;
  for (const { name } of [...old.attributes]) {
    // Whether details are open is for whoever reads them to say.
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  fit(old, fresh);
}
