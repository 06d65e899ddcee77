export function requireText(value: unknown, name: string): void {
  if (typeof value !== "string" || value === "") {
    throw new TypeError(`"${name}" must be a non-empty string`);
  }
}
