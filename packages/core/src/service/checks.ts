import { isLoopback } from "../google/endpoints.ts";
import { parseExactScopes } from "../google/scopes.ts";

/** @throws TypeError for a value that is no project ID, or that a header cannot contain */
export function checkProject(project: string | undefined, name: string): void {
  if (project !== undefined && !/^[\x21-\x7e]+$/.test(project)) {
    throw new TypeError(`${name} must be a project ID such as "my-project", without spaces and control characters`);
  }
}

/**
 * Whether a text is a domain such as `googleapis.com`. A top-level domain is rejected: it
 * contains hosts of every owner.
 */
export function isDomain(text: unknown): boolean {
  return typeof text === "string" && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text);
}

/** Whether a value is an e-mail address in the form that service accounts have. It is safe in the path of a URL. */
export function isAccountEmail(email: unknown): boolean {
  return typeof email === "string" && /^[\w.+-]+@[\w.-]+$/.test(email);
}

/**
 * Reads the scopes that the developer wrote. No scopes give an empty list.
 * @throws TypeError for a malformed scope
 */
export function readScopes(scopes: string | readonly string[] | undefined, name: string): readonly string[] {
  return scopes === undefined || scopes.length === 0 ? [] : parseExactScopes(scopes, name);
}

/** @throws TypeError unless the value names a user, or is `undefined` */
export function checkSubject<T extends string | undefined>(subject: T, name: string): T {
  if (subject !== undefined && (typeof subject !== "string" || subject.trim() === ""))
    throw new TypeError(`${name} must be the e-mail address of the user that the service account acts for`);
  return subject;
}

/** @throws TypeError unless the value is a function, or `undefined` */
export function checkFunction(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== "function") throw new TypeError(`${name} must be a function`);
}

/**
 * Checks an address that secrets are sent to: it must use https, or be on this machine.
 * @throws TypeError
 */
export function checkUrl(url: unknown, name: string): string {
  if (typeof url !== "string" || !URL.canParse(url))
    throw new TypeError(`${name} must be an absolute URL; write it in full, with https://`);
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname)))
    throw new TypeError(`${name} must be an https URL; http is allowed for localhost and loopback addresses only`);
  if (username !== "" || password !== "")
    throw new TypeError(`${name} must not contain a user name or a password; remove them from the URL`);
  return url;
}

/**
 * Checks the option `allowedHosts`: hosts outside Google's domains, each named in full.
 * @throws TypeError
 */
export function checkExactHosts(hosts: readonly string[], name: string): readonly string[] {
  checkHosts(hosts, name);
  if (hosts.some((host) => host.startsWith("*")))
    throw new TypeError(`${name} must name each host in full; a pattern with "*" would also allow unknown hosts`);
  return hosts;
}

/**
 * Checks a list of hosts: exact ones, or `*.` and a domain.
 * @throws TypeError
 */
export function checkHosts<T extends readonly string[] | undefined>(hosts: T, name: string): T {
  const list: unknown = hosts ?? [];
  if (!Array.isArray(list)) throw new TypeError(`${name} must be an array of hosts such as ["*.googleapis.com"]`);
  for (const host of list as unknown[]) {
    if (typeof host !== "string" || !/^(\*\.[a-z0-9-]+\.[a-z0-9.-]+|[a-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?$/.test(host))
      throw new TypeError(
        `${name} must contain hosts such as "*.googleapis.com" or "127.0.0.1:4000" (lower case, no scheme, no path), not ${JSON.stringify(host)}`,
      );
  }
  return hosts;
}
