// Keeps the page up to date part by part. Focus, typed text, open menus and the scroll position stay.
"use strict";

const shown = new Map(); // part → the HTML that the server sent for it
const html = (part) => part.innerHTML;
const partsIn = (root) => [...root.querySelectorAll("[data-part]")];
const keyOf = (element) => element.dataset.part;

for (const part of partsIn(document)) shown.set(keyOf(part), html(part));

function focusKey(element) {
  if (!element || element === document.body) return null;
  const same = element.id
    ? `#${CSS.escape(element.id)}`
    : element.dataset.box !== undefined
      ? `[data-box="${CSS.escape(element.dataset.box)}"]`
      : element.name
        ? `[name="${CSS.escape(element.name)}"]${element.value && element.tagName === "BUTTON" ? `[value="${CSS.escape(element.value)}"]` : ""}`
        : element.tagName.toLowerCase();
  return same;
}

function remember(part) {
  const focused = part.contains(document.activeElement) ? focusKey(document.activeElement) : null;
  const open = [...part.querySelectorAll("details")].map((details) => details.open);
  const typed = [...part.querySelectorAll("textarea, input[type=text]")]
    .filter((field) => field.value !== field.defaultValue)
    .map((field) => [field.name, field.value, field.selectionStart, field.selectionEnd]);
  return { focused, open, typed };
}

function restore(part, kept) {
  const details = [...part.querySelectorAll("details")];
  if (details.length === kept.open.length) details.forEach((each, at) => (each.open = kept.open[at]));
  for (const [name, value, start, end] of kept.typed) {
    const field = part.querySelector(`[name="${CSS.escape(name)}"]`);
    if (!field) continue;
    field.value = value;
    field.setSelectionRange(start, end);
  }
  if (kept.focused) part.querySelector(kept.focused)?.focus({ preventScroll: true });
}

function exchange(part, fresh) {
  const now = html(fresh);
  if (shown.get(keyOf(part)) === now) return false;
  const kept = remember(part);
  part.className = fresh.className;
  part.innerHTML = now;
  shown.set(keyOf(part), now);
  restore(part, kept);
  return true;
}

function glow(part) {
  part.classList.add("fresh");
  setTimeout(() => part.classList.remove("fresh"), 1700);
}

function arrange(list, freshList) {
  const mine = new Map([...list.children].map((child) => [keyOf(child), child]));
  let before = list.firstElementChild;
  for (const fresh of freshList.children) {
    const known = mine.get(keyOf(fresh));
    if (known) {
      mine.delete(keyOf(fresh));
      if (known !== before) list.insertBefore(known, before);
      else before = before.nextElementSibling;
      if (exchange(known, fresh)) glow(known);
      continue;
    }
    const added = document.importNode(fresh, true);
    list.insertBefore(added, before);
    shown.set(keyOf(added), html(added));
    glow(added);
  }
  for (const gone of mine.values()) gone.remove();
}

function show(fresh) {
  document.title = fresh.title;
  for (const list of document.querySelectorAll("[data-list]")) {
    const other = fresh.querySelector(`[data-list="${CSS.escape(list.dataset.list)}"]`);
    if (other) arrange(list, other);
  }
  for (const part of partsIn(document)) {
    if (part.parentElement?.dataset.list !== undefined) continue;
    const other = fresh.querySelector(`[data-part="${CSS.escape(keyOf(part))}"]`);
    if (other) exchange(part, other);
  }
}

let looking = false;
let again = false;

async function refresh() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The server is unreachable; the stream reconnects, and then the page refreshes.
  } finally {
    looking = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

let timer = 0;
function soon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 60);
}

// A browser limits connections to one host, so only the visible page listens.

const repo = document.body.dataset.repo;
let stream = null;

function listen() {
  if (!repo || stream || document.hidden) return;
  stream = new EventSource(`/_/events?repo=${encodeURIComponent(repo)}`);
  stream.addEventListener("open", () => {
    document.documentElement.dataset.live = "on";
    soon();
  });
  stream.addEventListener("change", soon);
}

function rest() {
  stream?.close();
  stream = null;
}

addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
addEventListener("pagehide", rest);
addEventListener("pageshow", listen);
listen();

// Forms are sent without a reload, unless their answer is another page.

async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  form.classList.add("busy");
  try {
    const to = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    const answer = await fetch(to, { method: "POST", body });
    const text = await answer.text();
    if (answer.ok && new URL(answer.url).pathname !== location.pathname) {
      location.assign(answer.url);
      return;
    }
    const fresh = new DOMParser().parseFromString(text, "text/html");
    if (answer.ok) {
      form.reset();
      fold(form.closest("details.menu, details.edit"));
    }
    const refused = fresh.querySelector("[data-flash]")?.textContent.trim() ?? "";
    if (answer.ok) say(form.dataset.said ?? "", true);
    else say(refused || `Something went wrong (${answer.status}).`, false);
    if (answer.ok) show(fresh);
    else refresh();
  } finally {
    form.classList.remove("busy");
  }
}

function fold(details) {
  if (!details) return;
  const within = details.contains(document.activeElement);
  details.open = false;
  if (within) details.querySelector("summary").focus();
}

function say(text, well) {
  const flash = document.getElementById("flash");
  flash.textContent = text;
  flash.classList.toggle("note", well);
  flash.hidden = !text;
  if (text) flash.scrollIntoView({ block: "nearest" });
}

addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.getAttribute("method") !== "post" || event.target.dataset.plain !== undefined) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

addEventListener("change", (event) => {
  const box = event.target;
  if (box.dataset?.box === undefined) return;
  const form = box.closest("[data-text]")?.querySelector("form[data-tick]");
  if (!form) return;
  form.elements.box.value = box.dataset.box;
  form.elements.ticked.value = box.checked ? "1" : "";
  const part = box.closest("[data-part]");
  if (part) shown.delete(keyOf(part));
  form.requestSubmit();
});

// The walkthrough stays as it was left; on a small screen it starts folded.

for (const details of document.querySelectorAll("details[data-keep]")) {
  const name = `open:${details.dataset.keep}`;
  const kept = sessionStorage.getItem(name);
  details.open = kept === null ? innerWidth > 768 : kept === "1";
  details.addEventListener("toggle", () => sessionStorage.setItem(name, details.open ? "1" : "0"));
}

// Menus close on Escape and on a click outside.

addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll("details.menu[open]").forEach(fold);
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.tagName === "TEXTAREA") {
    event.target.form?.requestSubmit();
  }
});
