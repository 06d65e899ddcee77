/** The facts about one route. A new route is a row in {@link ROUTES}, and a handler in `routes/handlers.ts`. */
interface RouteRow {
  /** The default path below the mount point, or the whole path if another option determines it. */
  readonly path: string | ((redirectUri: string) => string);
  /** The methods that the route accepts. */
  readonly methods: readonly string[];
}

/** Scopegate's own routes. */
export const ROUTES = {
  /** Begins an authorization. Default `/authorize`. */
  authorize: { path: "/authorize", methods: ["GET", "HEAD"] },
  /**
   * Receives Google's redirect. Default: the path of `redirectUri`. Set another path only if a proxy changes paths.
   * HEAD is not accepted: a program that scans links must not spend the code.
   */
  callback: { path: (redirectUri: string) => new URL(redirectUri).pathname, methods: ["GET"] },
  /** GET asks for confirmation, and POST revokes the grant at Google and signs out. Default `/revoke`. */
  revoke: { path: "/revoke", methods: ["GET", "HEAD", "POST"] },
  /** GET asks for confirmation, and POST signs out of this app. Default `/signout`. */
  signOut: { path: "/signout", methods: ["GET", "HEAD", "POST"] },
} as const satisfies Readonly<Record<string, RouteRow>>;

export type RouteName = keyof typeof ROUTES;

/** Paths of Scopegate's own routes. `false` switches a route off; the callback cannot be switched off. */
export type RoutesOption = {
  readonly [Name in keyof typeof ROUTES]?: (typeof ROUTES)[Name]["path"] extends string ? string | false : string;
};

/** The routes of one instance. */
export interface ResolvedRoutes {
  /**
   * The routes' paths; `undefined` if the app switched a route off. They begin at the mount point, except for the
   * callback's: the redirect URI fixes it from the root.
   */
  readonly paths: Readonly<Record<RouteName, string | undefined> & { callback: string }>;
  /** The methods that at least one route accepts. */
  readonly methods: readonly string[];
  /** The paths of all routes, relative to a mount point, for routers that need a list. */
  below(mountPath: string): readonly string[];
  /** The name of the route at a path. Every request of the app passes here, so it costs two look-ups at most. */
  match(url: string, mountPath: string): RouteName | undefined;
}

/**
 * @param redirectUri - the first one; all have the same path
 * @throws TypeError naming the option
 */
export function resolveRoutes(
  option: RoutesOption | undefined,
  basePath: string | undefined,
  redirectUri: string,
): ResolvedRoutes {
  if (basePath !== undefined && basePath !== "" && !isPath(basePath)) {
    throw new TypeError(
      `googleOAuth: \`basePath\` must be a path such as "/google", without a slash at its end, not ${JSON.stringify(basePath)}.`,
    );
  }
  for (const name of Object.keys(option ?? {})) {
    if (!(name in ROUTES)) {
      throw new TypeError(
        `googleOAuth: unknown route \`routes.${name}\`. The routes are ${Object.keys(ROUTES).join(", ")}.`,
      );
    }
  }
  const fixed = new Map<string, RouteName>();
  const mounted = new Map<string, RouteName>();
  const paths: Partial<Record<RouteName, string>> = {};
  // Fixed paths first: another option determines them, so a collision is the fault of the other route.
  const rows = (Object.entries(ROUTES) as [RouteName, RouteRow][]).toSorted(
    ([, a], [, b]) => Number(typeof a.path === "string") - Number(typeof b.path === "string"),
  );
  for (const [name, row] of rows) {
    const isFixed = typeof row.path !== "string";
    const given = option?.[name];
    if (given === false && !isFixed) continue;
    if (given !== undefined && !isPath(given)) {
      const example = isFixed ? "/oauth2callback" : row.path;
      throw new TypeError(
        `googleOAuth: \`routes.${name}\` must be a path such as ${JSON.stringify(example)}${isFixed ? "" : ", or false"}, not ${JSON.stringify(given)}.`,
      );
    }
    const path = isFixed ? (given ?? row.path(redirectUri)) : (basePath ?? "") + (given ?? row.path);
    if (fixed.has(path) || mounted.has(path)) {
      throw new TypeError(
        `googleOAuth: \`routes.${name}\` is ${JSON.stringify(path)}, but another route of Scopegate has that path. Choose another one.`,
      );
    }
    (isFixed ? fixed : mounted).set(path, name);
    paths[name] = path;
  }
  return Object.freeze({
    paths: Object.freeze(paths) as ResolvedRoutes["paths"],
    methods: [...new Set(Object.values(ROUTES).flatMap(({ methods }) => methods))],
    below: (mountPath: string) => [...[...fixed.keys()].map((path) => path.slice(mountPath.length)), ...mounted.keys()],
    match(url: string, mountPath: string) {
      const end = url.indexOf("?");
      const path = end === -1 ? url : url.slice(0, end);
      const name = fixed.get(path);
      if (name !== undefined) return name;
      if (mountPath === "") return mounted.get(path);
      return path.startsWith(mountPath) ? mounted.get(path.slice(mountPath.length)) : undefined;
    },
  });
}

function isPath(path: unknown): path is string {
  return typeof path === "string" && /^(\/[A-Za-z0-9._~-]+)+$/.test(path);
}
