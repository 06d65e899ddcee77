/**
 * Scopes that guards outside of any instance name. They are known as soon as the guard's module is loaded, so that
 * every process of an app knows the same.
 */
const everywhere = new Set<string>();

export function declareEverywhere(scopes: readonly string[]): void {
  for (const scope of scopes) everywhere.add(scope);
}

export function isDeclaredEverywhere(scope: string): boolean {
  return everywhere.has(scope);
}
