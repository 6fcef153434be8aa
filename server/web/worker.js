// Registers the service worker. A new version waits until the reader asks for it: nobody loses a half-written notice.

/** @param {(take: () => void) => void} onWaiting a new version is here; `take` starts it */
export async function installWorker(onWaiting) {
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" }).catch(() => null);
  if (!registration) return;
  const offer = () => {
    const waiting = registration.waiting;
    // Without a controller this is the first installation, not an update.
    if (waiting && navigator.serviceWorker.controller) onWaiting(() => take(waiting));
  };
  offer();
  navigator.serviceWorker.addEventListener("message", ({ data }) => data.navigate && location.assign(data.navigate));
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
}

/** @param {ServiceWorker} waiting */
function take(waiting) {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("take over");
}

/** The server no longer speaks with this version: the newest one, wherever the worker has got to with it. */
export async function renew() {
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.update().catch(() => {});
  if (registration?.waiting) return take(registration.waiting);
  // None that waits: what is kept of the app goes, notices and presses stay, and the page comes from the server.
  for (const name of await caches.keys()) if (name.startsWith("kairan-shell-")) await caches.delete(name);
  await registration?.unregister();
  location.reload();
}
