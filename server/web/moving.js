// From one address to another: a screen says where to, and whoever shows screens hears of it.

const moved = new EventTarget();

/** @param {string} path @param {{replace?: boolean}} [how] */
export function go(path, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  moved.dispatchEvent(new Event("moved"));
}

/** @param {() => void} listener */
export function onMove(listener) {
  moved.addEventListener("moved", listener);
  addEventListener("popstate", listener);
}
