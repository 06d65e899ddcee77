// An OpenID Connect provider by other authors. A mistake that Scopegate and its emulator share shows here.
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Endpoints } from "@scopegate/core";
import type { ApproveOptions } from "@scopegate/emulator";
import { Provider } from "oidc-provider";
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";
import type { CLIENT } from "./app/scenario.ts";

/** The scope of an API. The provider knows nothing but its name. */
export const NOTES = "https://notes.example/read";
/** The one account. */
export const ERIN = { sub: "erin", email: "erin@example.org", name: "Erin Example" };

/** A request to the provider, with the status of the response. */
export interface ProviderRequest {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly status: number;
}

/** A running oidc-provider, and the browser of one user there. */
export interface OidcProvider extends AsyncDisposable {
  readonly endpoints: Endpoints;
  /** Requests, oldest first. */
  readonly requests: readonly ProviderRequest[];
  /** Registers the client. The provider responds from then on. */
  register(client: typeof CLIENT, redirectUris: readonly string[]): void;
  /** Signs in, and consents to all scopes or to some, or denies, as `approve` of the emulator does. */
  approve(authorizationUrl: string | URL, options?: ApproveOptions): Promise<string>;
}

/**
 * Starts oidc-provider with its strictest settings: PKCE required, refresh tokens rotated, revocation for clients only.
 * @param claimsInIdToken - whether ID tokens hold the user's claims, as Google's do. Otherwise only the userinfo endpoint
 *   returns them (OpenID Connect Core section 5.4)
 */
export async function startOidcProvider({ claimsInIdToken = true } = {}): Promise<OidcProvider> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const requests: ProviderRequest[] = [];
  return {
    endpoints: {
      issuer,
      authorization: `${issuer}/auth`,
      token: `${issuer}/token`,
      revocation: `${issuer}/token/revocation`,
      jwks: `${issuer}/jwks`,
      userinfo: `${issuer}/me`,
    },
    requests,
    register(client, redirectUris) {
      const provider = new Provider(issuer, configurationOf(client, redirectUris, claimsInIdToken));
      provider.use(async (context, next) => {
        await next();
        requests.push({ path: context.path, form: context.oidc?.body ?? {}, status: context.status });
      });
      const handle = provider.callback();
      server.removeAllListeners("request").on("request", (request: IncomingMessage, response: ServerResponse) => {
        const work = request.url!.startsWith("/interaction/")
          ? interact(provider, request, response)
          : handle(request, response);
        work.catch((error: unknown) => response.writeHead(500).end(String(error)));
      });
    },
    approve: createBrowser(issuer),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** One key for all providers of a test file, since making a key takes longer than a test. */
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

function configurationOf(
  { clientId, clientSecret }: typeof CLIENT,
  redirectUris: readonly string[],
  claimsInIdToken: boolean,
): object {
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: redirectUris,
        grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "rs256", use: "sig", alg: "RS256" }] },
    adapter: createMemoryAdapter(),
    cookies: { keys: ["a cookie key of the tests"] },
    scopes: ["openid", "offline_access", NOTES],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: !claimsInIdToken,
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ ...ERIN, sub: accountId, email_verified: true }),
    }),
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
    features: {
      devInteractions: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: (_context: unknown, client: { clientId: string }, token: { clientId: string }) =>
          token.clientId === client.clientId,
      },
    },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  };
}

/** The provider's pages without a design: GET returns the name of the page, POST makes the decision. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (request.method !== "POST") {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ prompt: prompt.name }));
    return;
  }
  const form = new URLSearchParams(await text(request));
  let result: object;
  if (form.get("decision") === "deny") result = { error: "access_denied", error_description: "Erin would rather not" };
  else if (prompt.name === "login") result = { login: { accountId: ERIN.sub } };
  else {
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant = known ?? new provider.Grant({ accountId: session!.accountId, clientId: params.client_id });
    for (const scope of prompt.details.missingOIDCScope ?? []) {
      const isTicked = form.get("scopes") === "all" || !scope.includes("/") || form.getAll("scope").includes(scope);
      if (isTicked) grant.addOIDCScope(scope);
      else grant.rejectOIDCScope(scope);
    }
    result = { consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

/** A browser that keeps the provider's cookies and fills in its pages. */
function createBrowser(issuer: string): OidcProvider["approve"] {
  const cookies = new Map<string, string>();
  const visit = async (url: URL, body?: URLSearchParams): Promise<Response> => {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(url, {
      redirect: "manual",
      headers: { accept: "text/html", cookie },
      ...(body && { method: "POST", body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === "") cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    return response;
  };

  return async (authorizationUrl, { deny = false, scopes = "all" } = {}) => {
    let url = new URL(authorizationUrl);
    let response = await visit(url);
    for (let step = 0; step < 12; step++) {
      const location = response.headers.get("location");
      if (location === null) {
        if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
        const { prompt } = (await response.json()) as { prompt: string };
        const form = new URLSearchParams({ decision: deny && prompt === "consent" ? "deny" : "allow" });
        if (scopes === "all") form.set("scopes", "all");
        else for (const scope of scopes) form.append("scope", scope);
        response = await visit(url, form);
        continue;
      }
      url = new URL(location, url);
      if (url.origin !== issuer) return url.href;
      response = await visit(url);
    }
    throw new Error("the provider's pages do not end");
  };
}
