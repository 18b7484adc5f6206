// Everything works without this file; with it, what changes is shown by itself.
"use strict";

// <div data-live="5">: fetched anew every so many seconds while somebody looks.
for (const [position, part] of document.querySelectorAll("[data-live]").entries()) {
  const renew = async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    const answer = await fetch(location.href, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const there = fresh.querySelectorAll("[data-live]")[position];
    if (there && there.innerHTML !== part.innerHTML) part.replaceChildren(...there.childNodes);
  };
  setInterval(renew, Number(part.dataset.live) * 1000);
}

// <button data-copy="id of an element">: its text to the clipboard.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
  });
}
