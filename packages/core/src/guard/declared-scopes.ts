import { scopeRequirement } from "./requirement.ts";
import type { Requirement, ScopeArguments } from "./requirement.ts";

/**
 * The scopes of guards that belong to no instance. They are known as soon as the guard's module is loaded, so that all
 * processes of an app know the same scopes.
 */
const declaredByGuards = new Set<string>();

/** The requirement of a guard that belongs to no instance. */
export function declaredRequirement<Request>(args: ScopeArguments<Request>): Requirement {
  const requirement = scopeRequirement(args);
  for (const scope of [...requirement.allOf, ...requirement.anyOf]) declaredByGuards.add(scope);
  return requirement;
}

/** Whether such a guard names the scope. */
export function isDeclaredByGuard(scope: string): boolean {
  return declaredByGuards.has(scope);
}
