import { checkUrl, GOOGLE_UNIVERSE } from "./options.ts";

/**
 * An address from a configuration file, which may have come from anybody: tokens are sent to it. It must be one of
 * Google's, or on a host that the app allows by name.
 * https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
 *
 * @param service - Google's name for what is there, such as `sts`; regional and mutual-TLS forms of it are Google's too
 * @param allowedHosts - hosts, with their ports, that the app named
 * @param universeDomain - the domain that the app named, never the file
 * @throws TypeError naming the field and the host
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
  const isGoogles = isHostOf(host, service, universeDomain) || (service === "oauth2" && OLD_TOKEN_HOSTS.has(host));
  if (protocol === "https:" && isGoogles) return checked;
  throw new TypeError(
    `${field} points to ${host}, which is not ${service}.${universeDomain}: a configuration of unknown origin could send tokens anywhere. If you mean it, name the host in \`allowedHosts\``,
  );
}

/** Where the token endpoint was before: files that gcloud wrote then are still about. */
const OLD_TOKEN_HOSTS: ReadonlySet<string> = new Set(["accounts.google.com", "www.googleapis.com"]);

/** What the app vouches for. */
export interface Trust {
  readonly allowedHosts: readonly string[];
  readonly universeDomain: string | undefined;
}

/** `sts.googleapis.com`, `sts.us-east1.rep.googleapis.com`, `us-east1-sts.googleapis.com`, `sts-psc.p.googleapis.com`, … */
function isHostOf(host: string, service: string, universe: string): boolean {
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
