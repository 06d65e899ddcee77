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

/** The message for a rejected configuration. The error must be a TypeError, and neither it nor its causes may contain the secret. */
function messageOf(option: unknown, env: Record<string, string> = {}): string {
  try {
    resolveClient(option as ClientOption, env);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    expect(inspect(error, { showHidden: true })).not.toContain("canary");
    return (error as TypeError).message;
  }
  return expect.fail("the configuration was accepted");
}

describe("resolveClient accepts", () => {
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

  test("client ID and secret of any form, because emulators have their own", () => {
    const client = resolveClient({ clientId: "demo", clientSecret: "a secret" }, {});
    expect(client).toMatchObject({ clientId: "demo", redirectUris: [] });
    expect(client.clientSecret).toBe("a secret");
    expect(client.projectId).toBeUndefined();
  });

  test("GOOGLE_CLIENT_SECRET_FILE, and prefers it to GOOGLE_CLIENT_ID", () => {
    const path = fileWith(JSON.stringify({ web: entry }));
    const env = { GOOGLE_CLIENT_SECRET_FILE: path, GOOGLE_CLIENT_ID: "other", GOOGLE_CLIENT_SECRET: "other" };
    expect(resolveClient(undefined, env)).toMatchObject(whole);
  });

  test("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, and ignores an empty variable", () => {
    const env = { GOOGLE_CLIENT_SECRET_FILE: "", GOOGLE_CLIENT_ID: ID, GOOGLE_CLIENT_SECRET: SECRET };
    const client = resolveClient(undefined, env);
    expect(client.clientId).toBe(ID);
    expect(client.clientSecret).toBe(SECRET);
  });

  test("the option, and prefers it to the environment", () => {
    const env = { GOOGLE_CLIENT_ID: "other", GOOGLE_CLIENT_SECRET: "other" };
    expect(resolveClient({ clientId: ID, clientSecret: SECRET }, env).clientId).toBe(ID);
  });
});

test("inspect, JSON and copies of the client do not show its secret", () => {
  const client = resolveClient({ web: entry }, {});
  expect(inspect(client, { showHidden: true, getters: true, depth: 9 })).not.toContain("canary");
  expect(JSON.stringify(client)).not.toContain("canary");
  expect(JSON.stringify(Object.assign({}, client))).not.toContain("canary");
});

test("the client is frozen, and later changes of the option do not reach it", () => {
  const option = { web: structuredClone(entry) };
  const client = resolveClient(option, {});
  option.web.redirect_uris.push("https://evil.example.com/oauth2callback");
  option.web.client_secret = "changed";
  expect(client.redirectUris).toEqual(entry.redirect_uris);
  expect(client.clientSecret).toBe(SECRET);
  expect(Object.isFrozen(client) && Object.isFrozen(client.redirectUris)).toBe(true);
});

describe("resolveClient rejects with a TypeError that names the place and hides the content:", () => {
  test("a missing configuration, naming the three ways to set it and where to create a client", () => {
    const message = messageOf(undefined);
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
    [{ GOOGLE_CLIENT_ID: `${ID}\n`, GOOGLE_CLIENT_SECRET: SECRET }, /^GOOGLE_CLIENT_ID starts or ends with whitespace/],
    [
      { GOOGLE_CLIENT_ID: ID, GOOGLE_CLIENT_SECRET: ` ${SECRET}` },
      /^GOOGLE_CLIENT_SECRET starts or ends with whitespace/,
    ],
    [
      { GOOGLE_CLIENT_SECRET_FILE: "/no/such/file.json" },
      /^GOOGLE_CLIENT_SECRET_FILE: the file "\/no\/such\/file.json" does not exist/,
    ],
  ])("the environment of case %#", (env, message) => {
    expect(messageOf(undefined, env)).toMatch(message);
  });

  test.each([
    [
      "a path without a file",
      "./missing/client.json",
      /^client: the file ".\/missing\/client.json" does not exist; .*starts at \//,
    ],
    ["a directory", folder, /is a directory/],
    ["a path with NUL", "./a\0b", /cannot be read \(ERR_INVALID_ARG_VALUE\)/],
    ["an empty path", "", /not shown: .*does not exist/],
    ["the secret itself", SECRET, /not shown/],
    ["an old secret", "canarycanarycanarycanary", /not shown/],
    ["the file's text", JSON.stringify({ web: entry }, null, 2), /not shown/],
  ])("%s as the path", (_, path, message) => {
    expect(messageOf(path)).toMatch(message);
  });

  test.each([
    ["not JSON", `{"web": {"client_secret": "${SECRET}"`, /is not JSON/],
    ["the bare secret", SECRET, /is not JSON/],
    ["an empty file", "", /is not JSON/],
    ["an array", "[]", /holds no JSON object/],
    ["null", "null", /holds no JSON object/],
  ])("a file that is %s", (_, content, message) => {
    const path = fileWith(content);
    const text = messageOf(path);
    expect(text).toMatch(message);
    expect(text).toContain(`client: the file ${JSON.stringify(path)}`);
  });

  const { client_id: _id, ...noId } = entry;
  const { client_secret: _secret, ...noSecret } = entry;
  test.each([
    ["neither key", { client_id: ID, client_secret: SECRET }, /neither the key "web" nor "installed"/],
    ["both keys", { web: entry, installed: entry }, /both the key "web" and the key "installed"/],
    ["a key that is not an object", { web: SECRET }, /: web is not an object/],
    [
      "the key of a service account",
      { type: "service_account", private_key: SECRET },
      /key file of a service account.*https:\/\/console/,
    ],
    ["no client_id", { web: noId }, /: web\.client_id is missing/],
    ["no client_secret", { installed: noSecret }, /: installed\.client_secret is missing/],
    ["an empty client_secret", { web: { ...entry, client_secret: "" } }, /: web\.client_secret is missing or empty/],
    ["a numeric client_id", { web: { ...entry, client_id: 7 } }, /: web\.client_id is not a string/],
    ["a client_id of two words", { web: { ...entry, client_id: "a b" } }, /: web\.client_id contains whitespace/],
    [
      "a client_id outside ASCII",
      { web: { ...entry, client_id: "a\u0001" } },
      /: web\.client_id contains a character that is not printable ASCII/,
    ],
    [
      "a secret with a newline",
      { web: { ...entry, client_secret: `${SECRET}\n` } },
      /: web\.client_secret starts or ends with whitespace/,
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
    expect(messageOf(content)).toMatch(message);
    expect(messageOf(content)).toMatch(/^client\b/);
    expect(messageOf(path)).toMatch(message);
    expect(messageOf(path)).toContain(JSON.stringify(path));
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
  ])("the option of case %#", (option, message) => {
    expect(messageOf(option)).toMatch(message);
  });
});
