// Progressive enhancement only: every page works without this file.
"use strict";

// Times in the reader's zone, which stands beside each of them; the exact time in UTC stays on hover. Pages marked with
// data-times="utc" stay in UTC, so that one page never has two zones: operators' pages, whose reports and audit rows are
// texts in UTC, and receipts, which are printed.
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

// <section data-poll="/path">: what stands at the path takes its place, every 3 seconds while somebody looks, until it comes without the mark.
// A part that says its data-version is left alone while that is the same, so that nobody loses the place where they are.
async function lookAgain(element, before) {
  if (!element.isConnected) return;
  let text = before;
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(element.dataset.poll, { headers: { Accept: "text/html" }, redirect: "manual" });
      if (!answer.ok) return;
      text = await answer.text();
    } catch { /* out of reach for now */ }
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
  if (element?.dataset.poll) setTimeout(lookAgain, 3000, element, text);
}
for (const element of document.querySelectorAll("[data-poll^='/']")) setTimeout(lookAgain, 3000, element, null);

// A form is sent once, however often the button is pressed; the server holds that too, by its idempotency key.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 10000);
});
// Coming back with the browser's Back button shows the page as it was left.
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });

// <button type="button" data-print hidden>: the browser's own menu prints as well.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// <button type="button" data-copy="text" hidden>: shown only where copying is possible.
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
