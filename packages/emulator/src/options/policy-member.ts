/** Whether an IAM policy with these members includes the given member. `principalSet://…/*` includes a whole pool. */
export function includesMember(members: ReadonlySet<string>, member: string): boolean {
  if (members.has(member)) return true;
  const pool = /^principal:(\/\/.+)\/subject\//.exec(member)?.[1];
  return pool !== undefined && members.has(`principalSet:${pool}/*`);
}

/** @throws `TypeError` for a member of a form that IAM policies, or this emulator, do not have. */
export function requireMember(member: string): string {
  if (
    /^(?:serviceAccount|user):[^@\s]+@\S+$|^principal:\/\/\S+\/subject\/\S+$|^principalSet:\/\/\S+\/\*$/.test(member)
  ) {
    return member;
  }
  throw new TypeError(
    `"tokenCreators" must contain members of the form serviceAccount:EMAIL, user:EMAIL, principal://POOL/subject/SUBJECT or principalSet://POOL/*, where POOL is iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/ID. "${member}" has none of these forms.`,
  );
}
