/** Whether a policy that names these members means this one. `/*` at the end of a set means the whole pool. */
export function includesMember(members: ReadonlySet<string>, member: string): boolean {
  if (members.has(member)) return true;
  const pool = /^principal:(\/\/.+)\/subject\//.exec(member)?.[1];
  return pool !== undefined && members.has(`principalSet:${pool}/*`);
}

/** @throws `TypeError` for what no IAM policy could name, or this emulator does not know. */
export function requireMember(member: string): string {
  if (
    /^(?:serviceAccount|user):[^@\s]+@\S+$|^principal:\/\/\S+\/subject\/\S+$|^principalSet:\/\/\S+\/\*$/.test(member)
  ) {
    return member;
  }
  throw new TypeError(
    `"tokenCreators" must hold serviceAccount:EMAIL, user:EMAIL, principal://…/subject/SUBJECT or principalSet://…/*, not "${member}"`,
  );
}
