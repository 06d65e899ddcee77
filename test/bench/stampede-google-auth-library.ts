import type { Emulator } from "@scopegate/emulator";
import { OAuth2Client } from "google-auth-library";
import type { Credentials } from "google-auth-library";
import { CLIENT } from "../harness/app/scenario.ts";
import type { Caller } from "./stampede.ts";

interface SignInOptions {
  readonly redirectUri: string;
  readonly scope: string;
  readonly users: readonly { readonly sub: string; readonly email: string }[];
}

/** google-auth-library as two kinds of app use it, each with tokens of its own. */
export async function createGoogleAuthLibrary(google: Emulator, options: SignInOptions): Promise<Caller[]> {
  const createClient = () =>
    new OAuth2Client({
      ...CLIENT,
      redirectUri: options.redirectUri,
      forceRefreshOnFailure: true,
      endpoints: { oauth2AuthBaseUrl: google.endpoints.authorization, oauth2TokenUrl: google.endpoints.token },
    });
  return [
    clientPerUser(await signIn(google, createClient, options), createClient),
    clientPerCall(await signIn(google, createClient, options), createClient),
  ];
}

/** The best case: one process that keeps a client for each of its users. */
function clientPerUser(tokens: Map<string, Credentials>, createClient: () => OAuth2Client): Caller {
  const clients = new Map<string, OAuth2Client>();
  for (const [sub, credentials] of tokens) {
    const client = createClient();
    client.setCredentials(credentials);
    clients.set(sub, client);
  }
  return {
    name: "google-auth-library, a client for each user",
    expire: (sub) => {
      const client = clients.get(sub)!;
      client.setCredentials({ ...client.credentials, expiry_date: Date.now() - 1_000 });
    },
    call: async (sub, url) => (await clients.get(sub)!.request({ url })).status,
  };
}

/** As web apps do it that keep tokens in a session or a database. */
function clientPerCall(tokens: Map<string, Credentials>, createClient: () => OAuth2Client): Caller {
  return {
    name: "google-auth-library, a client for each call",
    expire: (sub) => {
      tokens.set(sub, { ...tokens.get(sub), expiry_date: Date.now() - 1_000 });
    },
    call: async (sub, url) => {
      const client = createClient();
      client.setCredentials(tokens.get(sub)!);
      client.on("tokens", (fresh) => tokens.set(sub, { ...tokens.get(sub), ...fresh }));
      return (await client.request({ url })).status;
    },
  };
}

async function signIn(
  google: Emulator,
  createClient: () => OAuth2Client,
  { scope, users }: SignInOptions,
): Promise<Map<string, Credentials>> {
  const tokens = new Map<string, Credentials>();
  const client = createClient();
  for (const { sub, email } of users) {
    const address = client.generateAuthUrl({ access_type: "offline", prompt: "consent", scope: ["openid", scope] });
    const callback = new URL(await google.approve(address, { user: email }));
    tokens.set(sub, (await client.getToken(callback.searchParams.get("code")!)).tokens);
  }
  return tokens;
}
