import { checkExactHosts, checkUrl } from "./checks.ts";
import { GOOGLE_UNIVERSE } from "./options.ts";
import type { SourceSettings } from "./options.ts";

/** The hosts outside Google's domains that the app itself, and never a configuration file, declares trusted. */
export interface Trust {
  /** Hosts with their ports. */
  readonly allowedHosts: readonly string[];
  readonly universeDomain: string | undefined;
}

/**
 * Checks the option `allowedHosts`.
 * @throws TypeError
 */
export function resolveTrust(allowedHosts: readonly string[] = [], settings: SourceSettings): Trust {
  return {
    allowedHosts: checkExactHosts(allowedHosts, `${settings.caller}: \`allowedHosts\``),
    universeDomain: settings.universeDomain,
  };
}

/**
 * Checks an address in a configuration file. Tokens are sent to it, and the file may come from an untrusted source: the
 * address must be Google's, or on a host that the app allows.
 * https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 *
 * @param service - Google's name of the service at this address. Its regional and mutual-TLS hosts are accepted too
 * @param field - how errors name the field
 * @throws TypeError that names the field and the host
 */
export function checkTrustedUrl(
  url: unknown,
  service: "sts" | "iamcredentials" | "oauth2",
  field: string,
  { allowedHosts, universeDomain = GOOGLE_UNIVERSE }: Trust,
): string {
  const checked = checkUrl(url, field);
  const { protocol, host } = new URL(checked);
  if (allowedHosts.includes(host)) return checked;
  const isGoogle =
    isHostOfService(host, service, universeDomain) || (service === "oauth2" && OLD_TOKEN_HOSTS.has(host));
  if (protocol === "https:" && isGoogle) return checked;
  throw new TypeError(
    `${field} points to ${host}, not to ${service}.${universeDomain}; if you trust this host with your tokens, add it to \`allowedHosts\``,
  );
}

/** Former hosts of the token endpoint. Files that gcloud wrote at that time still name them. */
const OLD_TOKEN_HOSTS: ReadonlySet<string> = new Set(["accounts.google.com", "www.googleapis.com"]);

/** `sts.googleapis.com`, `sts.us-east1.rep.googleapis.com`, `us-east1-sts.googleapis.com`, `sts-psc.p.googleapis.com`, … */
function isHostOfService(host: string, service: string, universe: string): boolean {
  const suffix = `.${universe}`;
  if (!host.endsWith(suffix)) return false;
  const name = host.slice(0, -suffix.length);
  const label = "[a-z0-9-]+";
  return [
    `${service}(\\.mtls)?`,
    `${label}\\.${service}`,
    `${service}\\.${label}(\\.rep)?`,
    `${label}-${service}`,
    `${service}-${label}\\.p`,
  ].some((form) => new RegExp(`^${form}$`).test(name));
}
