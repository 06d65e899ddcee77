import { OAuthError } from "../protocol/oauth-error.ts";
import type { AccessBoundary } from "../state/access-boundary.ts";

const maximumRules = 10;

/**
 * Reads the Credential Access Boundary in the parameter `options`.
 *
 * @throws {@link OAuthError} if it is missing or invalid.
 */
export function readAccessBoundary(options: unknown): AccessBoundary {
  const rules: unknown = (options as { accessBoundary?: { accessBoundaryRules?: unknown } } | null)?.accessBoundary
    ?.accessBoundaryRules;
  if (!Array.isArray(rules) || rules.length === 0 || rules.length > maximumRules) {
    throw invalid(`The access boundary must have 1 to ${maximumRules} rules.`);
  }
  return rules.map(readRule);
}

function readRule(rule: Record<string, unknown> | null): AccessBoundary[number] {
  const { availableResource: resource, availablePermissions: permissions, availabilityCondition } = rule ?? {};
  if (typeof resource !== "string" || !resource.startsWith("//storage.googleapis.com/projects/_/buckets/")) {
    throw invalid("An access boundary rule must name a bucket of Cloud Storage as its availableResource.");
  }
  if (!Array.isArray(permissions) || permissions.length === 0 || !permissions.every(isRole)) {
    throw invalid("An access boundary rule must have availablePermissions, each of the form inRole:ROLE.");
  }
  if (availabilityCondition !== undefined) {
    throw invalid("The emulator does not evaluate availabilityCondition.");
  }
  return { resource, roles: permissions.map((permission) => permission.slice("inRole:".length)) };
}

function isRole(permission: unknown): permission is string {
  return typeof permission === "string" && permission.startsWith("inRole:roles/");
}

function invalid(description: string): OAuthError {
  return new OAuthError(400, "invalid_request", description);
}
