/** Lines of `Set-Cookie` with one more. It replaces a line with the same cookie name (RFC 6265 section 4.1.1). */
export function withCookie(lines: readonly string[], line: string): string[] {
  const start = line.slice(0, line.indexOf("=") + 1);
  return [...lines.filter((present) => !present.startsWith(start)), line];
}
