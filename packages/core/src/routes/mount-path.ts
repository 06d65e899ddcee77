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
 * Checks that the callback lies below the mount path, since no other requests arrive there. Routers compare decoded
 * paths, case-insensitively.
 * @throws TypeError that says how to mount instead
 */
export function checkMount(mountPath: string, callback: string): void {
  if (callback.toLowerCase().startsWith(`${decodeURIComponent(mountPath).toLowerCase()}/`)) return;
  throw new TypeError(
    `googleOAuth() is mounted at ${mountPath}, but the callback ${callback} of \`redirectUri\` is not below that path, so Google's ` +
      `redirect never arrives. Register a redirect URI below ${mountPath}, or mount googleOAuth() at the root with \`basePath: ${JSON.stringify(mountPath)}\`.`,
  );
}
