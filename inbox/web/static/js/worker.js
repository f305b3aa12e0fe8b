// Shows what the server pushes while no page is open, and opens the page it speaks of. It does nothing else.
addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const options = { body: told.body ?? "", tag: told.tag ?? "notices", data: { path: told.path ?? "/notices" }, icon: "/static/img/ring.svg" };
  event.waitUntil(registration.showNotification("Under24", options));
});

async function open(path) {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin) return undefined;
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = pages.find((page) => page.url === url.href);
  return shown ? shown.focus() : clients.openWindow(url.href);
}

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? "/notices"));
});
