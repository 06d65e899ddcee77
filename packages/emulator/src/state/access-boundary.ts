/** What a downscoped token is limited to: resources, each with the roles that are left there. */
export type AccessBoundary = readonly { readonly resource: string; readonly roles: readonly string[] }[];

/** Whether the boundary leaves this role, or one that contains it, on the resource. */
export function leaves(boundary: AccessBoundary | undefined, resource: string, roles: readonly string[]): boolean {
  if (!boundary) return true;
  return boundary.some((rule) => rule.resource === resource && rule.roles.some((role) => roles.includes(role)));
}
