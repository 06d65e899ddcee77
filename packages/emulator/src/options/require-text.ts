/** @throws `TypeError` that names the option, such as `"clientId" of a client`. */
export function requireText(value: unknown, option: string): void {
  if (typeof value !== "string" || value === "") throw new TypeError(`${option} must be a non-empty string`);
}
