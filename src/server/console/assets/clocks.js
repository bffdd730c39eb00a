// Times that move: counted down to a moment, or up from one, by the store's clock and not by this machine's.

let ahead = 0;
const moving = new Set();

// The store said that it was this moment just now.
export function setClock(millis) {
  ahead = millis - Date.now();
}

export const now = () => Date.now() + ahead;

// Looks for times in what has just been put into the page, and lets go of those that have left it.
export function take(element) {
  for (const time of element.querySelectorAll("time[data-until], time[data-since]")) {
    if (!time.title) time.title = time.textContent;
    moving.add(time);
    show(time, now());
  }
}

export function tick() {
  const moment = now();
  for (const time of moving) {
    if (time.isConnected) show(time, moment);
    else moving.delete(time);
  }
}

function show(time, moment) {
  const { until, since } = time.dataset;
  const left = until === undefined ? moment - Number(since) : Number(until) - moment;
  const text = until === undefined ? length(Math.floor(left / 1000)) : `${length(Math.ceil(left / 1000))} left`;
  if (time.textContent !== text) time.textContent = text;
}

// 0:42, 12:05, 3:07:00, 2 d 3 h
export function length(seconds) {
  const whole = Math.max(0, seconds);
  const two = (number) => String(number).padStart(2, "0");
  const days = Math.floor(whole / 86400);
  const hours = Math.floor((whole % 86400) / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  return `${minutes}:${two(whole % 60)}`;
}
