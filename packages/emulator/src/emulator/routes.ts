import { type ApiMethod, callApi } from "../apis/api.ts";
import { calendarMethods } from "../apis/calendar.ts";
import { driveMethods } from "../apis/drive.ts";
import { sqladminMethods } from "../apis/sqladmin.ts";
import { storageMethods } from "../apis/storage.ts";
import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import { iamCredentials } from "../iam/credentials.ts";
import { authorize, chooseAccount, decideConsent, showAccounts, showConsent } from "../oauth/authorize.ts";
import { certificates, discovery, jwks } from "../oauth/discovery.ts";
import { revoke } from "../oauth/revoke.ts";
import { token } from "../oauth/token.ts";
import { tokeninfo } from "../oauth/tokeninfo.ts";
import { userinfo } from "../oauth/userinfo.ts";
import { homePage } from "../pages/home-page.ts";
import { picture } from "../pages/picture.ts";
import type { Endpoint } from "../protocol/endpoint.ts";
import { OAuthError } from "../protocol/oauth-error.ts";
import { paths } from "../protocol/paths.ts";
import { serviceCertificates, serviceKeys } from "../service/published-keys.ts";
import type { Google } from "../state/google.ts";
import { exchangeToken } from "../sts/exchange-token.ts";
import { giveSubjectToken } from "../sts/workload-platform.ts";

interface Route {
  readonly path: string;
  /** Whether the route serves the paths below `path`, in place of `path` itself. */
  readonly below?: boolean;
  readonly methods: readonly string[];
  readonly handler: (google: Google, exchange: Exchange) => HttpResponse;
}

const get = ["GET", "HEAD"];
const post = ["POST"];
const getOrPost = [...get, ...post];
const anyMethod = [...getOrPost, "PUT", "PATCH", "DELETE"];

const api = (path: string, apiMethods: readonly ApiMethod[]): Route => ({
  path,
  below: true,
  methods: anyMethod,
  handler: (google, exchange) => callApi(google, exchange, apiMethods),
});

const routes: Readonly<Record<Exclude<Endpoint, "metadata" | "other">, Route>> = {
  home: { path: paths.home, methods: get, handler: homePage },
  discovery: { path: paths.discovery, methods: get, handler: discovery },
  authorization: { path: paths.authorization, methods: getOrPost, handler: authorize },
  accounts: { path: paths.accounts, methods: get, handler: showAccounts },
  choice: { path: paths.choice, methods: post, handler: chooseAccount },
  consent: { path: paths.consent, methods: get, handler: showConsent },
  decision: { path: paths.decision, methods: post, handler: decideConsent },
  token: { path: paths.token, methods: post, handler: token },
  revocation: { path: paths.revocation, methods: post, handler: revoke },
  tokeninfo: { path: paths.tokeninfo, methods: getOrPost, handler: tokeninfo },
  userinfo: { path: paths.userinfo, methods: getOrPost, handler: userinfo },
  jwks: { path: paths.jwks, methods: get, handler: jwks },
  certificates: { path: paths.certificates, methods: get, handler: certificates },
  sts: { path: paths.sts, methods: post, handler: exchangeToken },
  subjectToken: { path: paths.subjectToken, methods: get, handler: giveSubjectToken },
  iamCredentials: { path: paths.iamCredentials, below: true, methods: post, handler: iamCredentials },
  serviceKeys: { path: paths.serviceKeys, below: true, methods: get, handler: serviceKeys },
  serviceCertificates: { path: paths.serviceCertificates, below: true, methods: get, handler: serviceCertificates },
  picture: { path: paths.pictures, below: true, methods: get, handler: picture },
  drive: api(paths.drive, driveMethods),
  calendar: api(paths.calendar, calendarMethods),
  sqladmin: api(paths.sqladmin, sqladminMethods),
  storage: api(paths.storage, storageMethods),
};

export function endpointOf(path: string): keyof typeof routes | "other" {
  const found = Object.entries(routes).find(([, route]) =>
    route.below ? path.startsWith(`${route.path}/`) : path === route.path,
  );
  return (found?.[0] as keyof typeof routes | undefined) ?? "other";
}

/** Returns the correct response to a request. */
export function handle(google: Google, exchange: Exchange): HttpResponse {
  const { method } = exchange;
  const endpoint = endpointOf(exchange.path);
  if (endpoint === "other") {
    return json(404, { error: "not_found", error_description: `The emulator has no endpoint at ${exchange.path}` });
  }
  const { methods, handler } = routes[endpoint];
  if (!methods.includes(method)) {
    return json(405, { error: "method_not_allowed" }, { allow: methods.join(", ") });
  }
  try {
    return handler(google, exchange);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const { status, code, message, extra } = error;
    return json(status, { error: code, error_description: message, ...extra });
  }
}
