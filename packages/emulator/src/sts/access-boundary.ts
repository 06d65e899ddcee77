import { Refusal } from "../refusal.ts";

/** What a downscoped token is limited to: resources, each with the roles that are left there. */
export type AccessBoundary = readonly { readonly resource: string; readonly roles: readonly string[] }[];

const mostRules = 10;

/** Reads the Credential Access Boundary of the parameter `options`. */
export function readAccessBoundary(options: unknown): AccessBoundary {
  const rules: unknown = (options as { accessBoundary?: { accessBoundaryRules?: unknown } } | null)?.accessBoundary
    ?.accessBoundaryRules;
  if (!Array.isArray(rules) || rules.length === 0 || rules.length > mostRules) {
    throw invalid(`The access boundary must have 1 to ${mostRules} rules.`);
  }
  return rules.map(readRule);
}

/** Whether the boundary leaves this role, or one that contains it, on the resource. */
export function leaves(boundary: AccessBoundary | undefined, resource: string, roles: readonly string[]): boolean {
  if (!boundary) return true;
  return boundary.some((rule) => rule.resource === resource && rule.roles.some((role) => roles.includes(role)));
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

function invalid(description: string): Refusal {
  return new Refusal(400, "invalid_request", description);
}
