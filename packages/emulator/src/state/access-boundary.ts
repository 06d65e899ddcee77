/** The limits of a downscoped token: the resources that it may access, each with the roles that it has there. */
export type AccessBoundary = readonly { readonly resource: string; readonly roles: readonly string[] }[];

/** Whether the boundary allows one of these roles on the resource. A token without a boundary is not limited. */
export function allowsRole(boundary: AccessBoundary | undefined, resource: string, roles: readonly string[]): boolean {
  if (!boundary) return true;
  return boundary.some((rule) => rule.resource === resource && rule.roles.some((role) => roles.includes(role)));
}
