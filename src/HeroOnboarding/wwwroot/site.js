// Progressive enhancement only: every page works without this file.
"use strict";

// Shows times in the reader's zone, with its name; the exact time in UTC stays in the title. Pages with data-times="utc"
// keep UTC, so that one page has one zone: operators' pages, whose reports and audit rows are texts in UTC, and
// receipts, which are printed.
const shapes = {
  time: new Intl.DateTimeFormat("en-GB", {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  }),
  clock: new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" }),
  date: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }),
};
function showTimes(within) {
  if (document.querySelector("[data-times=utc]")) return;
  for (const element of within.querySelectorAll("time[data-form]")) {
    const at = new Date(element.dateTime);
    const shape = shapes[element.dataset.form];
    if (shape && !Number.isNaN(at.getTime())) element.textContent = shape.format(at);
  }
}
showTimes(document);

// <section data-poll="/path">: replaced every 3 seconds, while the page is visible, by the answer of the path, until an
// answer has no data-poll. An element with data-version is not replaced while the version is the same, so that focus and
// selection are kept.
async function poll(element, before) {
  if (!element.isConnected) return;
  let text = before;
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(element.dataset.poll, { headers: { Accept: "text/html" }, redirect: "manual" });
      if (!answer.ok) return;
      text = await answer.text();
    } catch { /* the next poll tries again */ }
  }
  if (text !== before && element.isConnected) {
    const fresh = document.createElement("template");
    fresh.innerHTML = text.trim();
    const next = fresh.content.firstElementChild;
    if (!next?.dataset.version || next.dataset.version !== element.dataset.version) {
      element.replaceWith(fresh.content);
      if (next) showTimes(next.parentElement);
      element = next;
    }
  }
  if (element?.dataset.poll) setTimeout(poll, 3000, element, text);
}
for (const element of document.querySelectorAll("[data-poll^='/']")) setTimeout(poll, 3000, element, null);

// A form is sent once, however often its button is pressed. The idempotency key enforces the same on the server.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 10000);
});
// The Back button may restore the page as it was left, with forms that are marked as sent.
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });

// <button type="button" data-print hidden>: without script the browser's menu prints.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// <button type="button" data-copy="text" hidden>: shown only where the browser can copy.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}
