import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { type ClientOption, resolveClient } from "./client-config.ts";

const SECRET = "GOCSPX-canary-secret";
const ID = "1234-abc.apps.googleusercontent.com";
const entry = {
  client_id: ID,
  client_secret: SECRET,
  project_id: "my-project",
  auth_uri: "https://accounts.google.com/o/oauth2/auth",
  token_uri: "https://oauth2.googleapis.com/token",
  redirect_uris: ["https://app.example.com/oauth2callback"],
};

const folder = mkdtempSync(join(tmpdir(), "scopegate-client-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileWith(content: string): string {
  const path = join(folder, `client-${++files}.json`);
  writeFileSync(path, content);
  return path;
}

/** The error of a refused configuration, which must be a TypeError and keep the secret, also in its causes. */
function expectRefusal(option: unknown, env: Record<string, string> = {}): string {
  try {
    resolveClient(option as ClientOption, env);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    expect(inspect(error, { showHidden: true })).not.toContain("canary");
    return (error as TypeError).message;
  }
  return expect.fail("was accepted");
}

describe("the client can be given as", () => {
  const whole = { clientId: ID, redirectUris: entry.redirect_uris, projectId: "my-project" };

  test.each(["web", "installed"])("a file with the key %s, by its path", (kind) => {
    const client = resolveClient(fileWith(JSON.stringify({ [kind]: entry })), {});
    expect(client).toMatchObject(whole);
    expect(client.clientSecret).toBe(SECRET);
  });

  test("a file that starts with a byte order mark", () => {
    expect(resolveClient(fileWith(`\uFEFF${JSON.stringify({ web: entry })}`), {}).clientId).toBe(ID);
  });

  test.each([{ web: entry }, { installed: entry }])("the file's parsed content", (content) => {
    const client = resolveClient(content, {});
    expect(client).toMatchObject(whole);
    expect(client.clientSecret).toBe(SECRET);
  });

  test("its two values, whatever they look like: emulators have their own", () => {
    const client = resolveClient({ clientId: "demo", clientSecret: "a secret" }, {});
    expect(client).toMatchObject({ clientId: "demo", redirectUris: [] });
    expect(client.clientSecret).toBe("a secret");
    expect(client.projectId).toBeUndefined();
  });

  test("GOOGLE_CLIENT_SECRET_FILE, which goes before GOOGLE_CLIENT_ID", () => {
    const path = fileWith(JSON.stringify({ web: entry }));
    const env = { GOOGLE_CLIENT_SECRET_FILE: path, GOOGLE_CLIENT_ID: "other", GOOGLE_CLIENT_SECRET: "other" };
    expect(resolveClient(undefined, env)).toMatchObject(whole);
  });

  test("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET; an empty variable is not set", () => {
    const env = { GOOGLE_CLIENT_SECRET_FILE: "", GOOGLE_CLIENT_ID: ID, GOOGLE_CLIENT_SECRET: SECRET };
    const client = resolveClient(undefined, env);
    expect(client.clientId).toBe(ID);
    expect(client.clientSecret).toBe(SECRET);
  });

  test("an option, which goes before the environment", () => {
    const env = { GOOGLE_CLIENT_ID: "other", GOOGLE_CLIENT_SECRET: "other" };
    expect(resolveClient({ clientId: ID, clientSecret: SECRET }, env).clientId).toBe(ID);
  });
});

test("the secret shows neither in inspect, nor in JSON, nor in a copy", () => {
  const client = resolveClient({ web: entry }, {});
  expect(inspect(client, { showHidden: true, getters: true, depth: 9 })).not.toContain("canary");
  expect(JSON.stringify(client)).not.toContain("canary");
  expect(JSON.stringify(Object.assign({}, client))).not.toContain("canary");
});

test("the client is frozen, and apart from the option that it came from", () => {
  const option = { web: structuredClone(entry) };
  const client = resolveClient(option, {});
  option.web.redirect_uris.push("https://evil.example.com/oauth2callback");
  option.web.client_secret = "changed";
  expect(client.redirectUris).toEqual(entry.redirect_uris);
  expect(client.clientSecret).toBe(SECRET);
  expect(Object.isFrozen(client) && Object.isFrozen(client.redirectUris)).toBe(true);
});

describe("a clear error that names the place and keeps the content:", () => {
  test("nothing configured: the three ways, and where to get a client", () => {
    const message = expectRefusal(undefined);
    for (const part of [
      "client",
      "GOOGLE_CLIENT_SECRET_FILE",
      "GOOGLE_CLIENT_ID",
      "GOOGLE_CLIENT_SECRET",
      "https://console",
    ]) {
      expect(message).toContain(part);
    }
  });

  test.each([
    [{ GOOGLE_CLIENT_ID: ID }, /^GOOGLE_CLIENT_SECRET is missing/],
    [{ GOOGLE_CLIENT_SECRET: SECRET }, /^GOOGLE_CLIENT_ID is missing/],
    [{ GOOGLE_CLIENT_ID: `${ID}\n`, GOOGLE_CLIENT_SECRET: SECRET }, /^GOOGLE_CLIENT_ID has whitespace or a newline/],
    [{ GOOGLE_CLIENT_ID: ID, GOOGLE_CLIENT_SECRET: ` ${SECRET}` }, /^GOOGLE_CLIENT_SECRET has whitespace or a newline/],
    [
      { GOOGLE_CLIENT_SECRET_FILE: "/no/such/file.json" },
      /^GOOGLE_CLIENT_SECRET_FILE: the file "\/no\/such\/file.json" does not exist/,
    ],
  ])("environment %#", (env, message) => {
    expect(expectRefusal(undefined, env)).toMatch(message);
  });

  test.each([
    [
      "no such file",
      "./missing/client.json",
      /^client: the file ".\/missing\/client.json" does not exist; .*starts at \//,
    ],
    ["a directory", folder, /is a directory/],
    ["a path with NUL", "./a\0b", /cannot be read \(ERR_INVALID_ARG_VALUE\)/],
    ["an empty path", "", /not shown: .*does not exist/],
    ["the secret itself", SECRET, /not shown/],
    ["an old secret", "canarycanarycanarycanary", /not shown/],
    ["the file's text", JSON.stringify({ web: entry }, null, 2), /not shown/],
  ])("%s", (_, path, message) => {
    expect(expectRefusal(path)).toMatch(message);
  });

  test.each([
    ["not JSON", `{"web": {"client_secret": "${SECRET}"`, /is not JSON/],
    ["the bare secret", SECRET, /is not JSON/],
    ["an empty file", "", /is not JSON/],
    ["an array", "[]", /holds no JSON object/],
    ["null", "null", /holds no JSON object/],
  ])("a file that is %s", (_, text, message) => {
    const path = fileWith(text);
    const refusal = expectRefusal(path);
    expect(refusal).toMatch(message);
    expect(refusal).toContain(`client: the file ${JSON.stringify(path)}`);
  });

  const { client_id: _id, ...noId } = entry;
  const { client_secret: _secret, ...noSecret } = entry;
  test.each([
    ["neither key", { client_id: ID, client_secret: SECRET }, /neither the key "web" nor "installed"/],
    ["both keys", { web: entry, installed: entry }, /both the key "web" and "installed"/],
    ["a key that is no object", { web: SECRET }, /: web is not an object/],
    [
      "a service account's key",
      { type: "service_account", private_key: SECRET },
      /service account's key.*https:\/\/console/,
    ],
    ["no client_id", { web: noId }, /: web\.client_id is missing/],
    ["no client_secret", { installed: noSecret }, /: installed\.client_secret is missing/],
    ["an empty client_secret", { web: { ...entry, client_secret: "" } }, /: web\.client_secret is missing or empty/],
    ["a numeric client_id", { web: { ...entry, client_id: 7 } }, /: web\.client_id is not a string/],
    ["a client_id of two words", { web: { ...entry, client_id: "a b" } }, /: web\.client_id has whitespace in it/],
    [
      "a client_id outside ASCII",
      { web: { ...entry, client_id: "a\u0001" } },
      /: web\.client_id has a character outside/,
    ],
    [
      "a secret with a newline",
      { web: { ...entry, client_secret: `${SECRET}\n` } },
      /: web\.client_secret has whitespace or a newline/,
    ],
    [
      "redirect_uris of text",
      { web: { ...entry, redirect_uris: "https://a.example.com" } },
      /: web\.redirect_uris is not an array/,
    ],
    [
      "redirect_uris of numbers",
      { web: { ...entry, redirect_uris: [1] } },
      /: web\.redirect_uris is not an array of strings/,
    ],
  ])("content with %s, in a file or parsed", (_, content, message) => {
    const path = fileWith(JSON.stringify(content));
    expect(expectRefusal(content)).toMatch(message);
    expect(expectRefusal(content)).toMatch(/^client\b/);
    expect(expectRefusal(path)).toMatch(message);
    expect(expectRefusal(path)).toContain(JSON.stringify(path));
  });

  test.each([
    [null, /^client must be the path/],
    [42, /^client must be the path/],
    [[], /^client must be the path/],
    [{}, /^client has neither/],
    [{ clientId: ID }, /^client: clientSecret is missing/],
    [{ clientSecret: SECRET }, /^client: clientId is missing/],
    [{ clientId: ID, clientSecret: undefined }, /^client: clientSecret is missing/],
    [{ clientId: ID, clientSecret: SECRET, web: entry }, /^client has both/],
  ])("option %#", (option, message) => {
    expect(expectRefusal(option)).toMatch(message);
  });
});
