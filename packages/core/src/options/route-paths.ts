/** Paths of our own routes; `false` switches one off. */
export interface RoutesOption {
  /** Begins an authorization. Default `/authorize`. */
  readonly authorize?: string | false;
  /** Where Google's answer arrives, as this server sees it. Default the path of `redirectUri`; another only where a proxy changes this path. */
  readonly callback?: string;
  /** Confirms (GET) and performs (POST) the revocation at Google. Default `/revoke`. */
  readonly revoke?: string | false;
  /** Confirms (GET) and performs (POST) the sign-out from this app. Default `/signout`. */
  readonly signOut?: string | false;
}

/** Which of our routes a path is. */
export type RouteName = "authorize" | "callback" | "revoke" | "signOut";

/** Our routes: below the mount point, except for the callback, whose path the redirect URI fixes. */
export interface ResolvedRoutes {
  readonly callback: string;
  /** Paths relative to the mount point, or `undefined` where switched off. */
  readonly paths: Readonly<Record<Exclude<RouteName, "callback">, string | undefined>>;
  /** The route at a path, if it is one of ours. A look-up or two: every request of the app passes here. */
  match(url: string, mountPath: string): RouteName | undefined;
}

const DEFAULTS = { authorize: "/authorize", revoke: "/revoke", signOut: "/signout" } as const;

export function resolveRoutes(option: RoutesOption = {}, basePath = "", redirectPath: string): ResolvedRoutes {
  if (basePath !== "" && !isPath(basePath)) {
    throw new TypeError(
      `googleOAuth: \`basePath\` must be a path such as "/google", without a slash at the end, not ${JSON.stringify(basePath)}`,
    );
  }
  for (const name of Object.keys(option)) {
    if (!(name in DEFAULTS) && name !== "callback") {
      throw new TypeError(
        `googleOAuth: unknown route \`routes.${name}\`; there are callback, ${Object.keys(DEFAULTS).join(", ")}`,
      );
    }
  }
  const callback = option.callback ?? redirectPath;
  if (option.callback !== undefined && !isPath(option.callback)) {
    throw new TypeError(
      `googleOAuth: \`routes.callback\` must be a path such as "/oauth2callback", not ${JSON.stringify(option.callback)}`,
    );
  }
  const byPath = new Map<string, RouteName>();
  const paths: Record<Exclude<RouteName, "callback">, string | undefined> = {
    authorize: undefined,
    revoke: undefined,
    signOut: undefined,
  };
  for (const name of ["authorize", "revoke", "signOut"] as const) {
    const path = option[name] ?? DEFAULTS[name];
    if (path === false) continue;
    if (!isPath(path)) {
      throw new TypeError(
        `googleOAuth: \`routes.${name}\` must be a path such as "${DEFAULTS[name]}" or false, not ${JSON.stringify(path)}`,
      );
    }
    const full = basePath + path;
    if (byPath.has(full) || full === callback) {
      throw new TypeError(`googleOAuth: \`routes.${name}\` is ${path}, the path of another route of Scopegate`);
    }
    byPath.set(full, name);
    paths[name] = full;
  }
  return Object.freeze({
    callback,
    paths: Object.freeze(paths),
    match(url: string, mountPath: string) {
      const end = url.indexOf("?");
      const path = end === -1 ? url : url.slice(0, end);
      if (path === callback) return "callback";
      if (mountPath === "") return byPath.get(path);
      return path.startsWith(mountPath) ? byPath.get(path.slice(mountPath.length)) : undefined;
    },
  });
}

function isPath(path: unknown): path is string {
  return typeof path === "string" && /^(\/[A-Za-z0-9._~-]+)+$/.test(path);
}
