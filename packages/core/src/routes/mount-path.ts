/** What routers have taken off the front of a path, given the address as the client sent it; nothing where it was rewritten. */
export function mountPathOf(originalUrl: string, path: string): string {
  const [sent = ""] = originalUrl.split("?", 1);
  const full = sent.replace(/\/$/, "");
  const rest = path.replace(/\/$/, "");
  return full.endsWith(rest) ? full.slice(0, full.length - rest.length) : "";
}

/**
 * Mounted below a path, only what is below it arrives: the callback must be. Routers compare decoded, in any case.
 * @throws TypeError that says how to mount instead
 */
export function checkMount(mountPath: string, callback: string): void {
  if (callback.toLowerCase().startsWith(`${decodeURIComponent(mountPath).toLowerCase()}/`)) return;
  throw new TypeError(
    `googleOAuth is mounted at ${mountPath}, where the callback ${callback} of \`redirectUri\` never arrives; ` +
      `register a redirect URI below ${mountPath}, or mount at the root with \`basePath: ${JSON.stringify(mountPath)}\``,
  );
}
