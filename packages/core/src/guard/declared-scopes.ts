import { scopeRequirement } from "./requirement.ts";
import type { Requirement, ScopeArguments } from "./requirement.ts";

/**
 * Scopes that guards outside of any instance name. They are known as soon as the guard's module is loaded, so that
 * every process of an app knows the same.
 */
const everywhere = new Set<string>();

/** The requirement of a guard outside of any instance. */
export function declaredRequirement<Request>(args: ScopeArguments<Request>): Requirement {
  const requirement = scopeRequirement(args);
  for (const scope of [...requirement.allOf, ...requirement.anyOf]) everywhere.add(scope);
  return requirement;
}

export function isDeclaredEverywhere(scope: string): boolean {
  return everywhere.has(scope);
}
