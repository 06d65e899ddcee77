/**
 * The part that routers have removed from the front of a path.
 * @param originalUrl - the request target as the client sent it
 * @param path - the path that is left
 * @returns `""` if the path was rewritten, and is no end of the original one
 */
export function mountPathOf(originalUrl: string, path: string): string {
  const [sent = ""] = originalUrl.split("?", 1);
  const full = sent.replace(/\/$/, "");
  const rest = path.replace(/\/$/, "");
  return full.endsWith(rest) ? full.slice(0, full.length - rest.length) : "";
}

/**
 * The mount point, which is not always the path that a router has removed. A router that matches a whole path, as
 * Express does for `app.use("*", …)`, removes all of it, and then the path says nothing about where the app is. It is
 * the mount point only if the callback lies below it; otherwise the middleware is mounted at the root.
 * @param url - the request target as the client sent it
 * @param removed - the path that routers have removed from it, `""` for none
 * @param callback - the path of the redirect URI
 */
export function mountPointOf(url: string, removed: string, callback: string): string {
  if (removed === "" || isBelow(removed, callback)) return removed;
  const [path = ""] = url.split("?", 1);
  return path.replace(/\/+$/, "") === removed ? "" : removed;
}

/** Whether a path lies below a mount path. Routers compare decoded paths, case-insensitively. */
function isBelow(mountPath: string, path: string): boolean {
  try {
    return path.toLowerCase().startsWith(`${decodeURIComponent(mountPath).toLowerCase()}/`);
  } catch {
    return false; // A client sent a path that cannot be decoded. No app is mounted there.
  }
}

/**
 * Checks that the callback lies below the mount path, since no other requests arrive there.
 * @throws TypeError that says how to mount instead
 */
export function checkMount(mountPath: string, callback: string): void {
  if (isBelow(mountPath, callback)) return;
  throw new TypeError(
    `googleOAuth() is mounted at ${mountPath}, but the callback ${callback} of \`redirectUri\` is not below that path, so Google's ` +
      `redirect never arrives. Register a redirect URI below ${mountPath}, or mount googleOAuth() at the root with \`basePath: ${JSON.stringify(mountPath)}\`.`,
  );
}
