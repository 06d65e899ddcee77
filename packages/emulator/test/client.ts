import { type Emulator, type EmulatorClient, startEmulator } from "../src/index.ts";

export const drive = "https://www.googleapis.com/auth/drive.readonly";
export const calendar = "https://www.googleapis.com/auth/calendar.readonly";
export const email = "https://www.googleapis.com/auth/userinfo.email";

export const redirectUri = "http://localhost:3000/oauth2callback";
export const client: EmulatorClient = {
  clientId: "app.apps.googleusercontent.com",
  clientSecret: "app-secret",
  redirectUris: [redirectUri],
  projectId: "project",
  name: "Garden Planner",
};
/** Another client of the same project. */
export const sibling: EmulatorClient = { ...client, clientId: "sibling.apps.googleusercontent.com" };

export const ada = { sub: "1001", email: "ada@example.com", name: "Ada Lovelace" };
export const grace = { sub: "1002", email: "grace@workspace.example", name: "Grace Hopper", hd: "workspace.example" };

/** The clock stands still at this time, in milliseconds, until a test moves it. */
export const standstill = 1_800_000_000_000;

export function start(): Promise<Emulator> {
  return startEmulator({ clients: [client, sibling], users: [ada, grace], now: () => standstill });
}

type Fields = Readonly<Record<string, string>>;

/** Returns a valid authorization URL with some parameters changed. An empty parameter is left out. */
export function authorizationUrl(google: Emulator, changes: Fields = {}): URL {
  const url = new URL(google.endpoints.authorization);
  const parameters = {
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: `openid email ${drive}`,
    access_type: "offline",
    state: "s",
    ...changes,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== "") url.searchParams.set(name, value);
  return url;
}

export interface TokenResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly access_token: string;
    readonly refresh_token?: string;
    readonly scope: string;
    readonly id_token?: string;
    readonly expires_in: number;
    readonly refresh_token_expires_in?: number;
    readonly error?: string;
    readonly error_description?: string;
    readonly error_subtype?: string;
  };
}

export async function post(url: string, fields: Fields, headers: Fields = {}): Promise<TokenResponse> {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers });
  const body = (await response.json()) as TokenResponse["body"];
  return { status: response.status, headers: response.headers, body };
}

/** Sends a token request of the client with some fields changed. An empty field is left out. */
export function requestToken(google: Emulator, fields: Fields, headers: Fields = {}): Promise<TokenResponse> {
  const { clientId, clientSecret } = client;
  const all = { client_id: clientId, client_secret: clientSecret, redirect_uri: redirectUri, ...fields };
  const sent = Object.entries(all).filter(([, value]) => value !== "");
  return post(google.endpoints.token, Object.fromEntries(sent), headers);
}

export function refresh(google: Emulator, refreshToken: string, fields: Fields = {}): Promise<TokenResponse> {
  return requestToken(google, { grant_type: "refresh_token", refresh_token: refreshToken, ...fields });
}

/** Signs Ada in and returns the new code. */
export async function obtainCode(google: Emulator, changes: Fields = {}): Promise<string> {
  const callback = new URL(await google.approve(authorizationUrl(google, changes), { user: ada.sub }));
  return callback.searchParams.get("code")!;
}

/** Signs Ada in, exchanges the code, and returns the tokens. */
export async function signIn(google: Emulator, changes: Fields = {}): Promise<TokenResponse["body"]> {
  const code = await obtainCode(google, changes);
  const { client_id: clientId = client.clientId } = changes as { client_id?: string };
  const { body } = await requestToken(google, { grant_type: "authorization_code", code, client_id: clientId });
  return body;
}

export function callApi(url: string, accessToken: string): Promise<Response> {
  return fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
}
