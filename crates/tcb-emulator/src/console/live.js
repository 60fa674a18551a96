// Keeps a page up to date. Everything works without it.
"use strict";

let source;
let due;
let changed = false;

// Whether replacing the page would take something away from who reads it or fills it in.
function isBusy() {
  const main = document.getElementById("main");
  return changed
    || main.querySelector(".trouble, details[open], :focus") !== null
    || !document.getSelection().isCollapsed;
}

async function refresh() {
  due = undefined;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of isBusy() ? ["header", ".menu"] : ["header", ".menu", "#main"]) {
    const now = page.querySelector(part);
    if (now) document.querySelector(part).replaceWith(now);
  }
}

// A browser opens few connections to one host, and pages that nobody sees shall not take them all.
function listen() {
  if (document.hidden) {
    source?.close();
    source = undefined;
  } else if (!source) {
    source = new EventSource("/_emu/live");
    source.onmessage = () => { due ??= setTimeout(refresh, 200); };
  }
}

document.addEventListener("input", () => { changed = true; });
document.addEventListener("visibilitychange", listen);
window.addEventListener("pagehide", () => { source?.close(); source = undefined; });
window.addEventListener("pageshow", listen);
listen();
