import { describe, expect, it } from "vitest";
import { resolveClient } from "../google/client-config.ts";
import { resolveEncryptionKeys } from "./encryption-keys.ts";

const client = resolveClient({ clientId: "id", clientSecret: "GOCSPX-secret-of-the-client" }, {});
const KEY = "k".repeat(32);

describe("encryption keys", () => {
  it("are derived from the client secret if none are given, and do not include it otherwise", () => {
    expect(resolveEncryptionKeys(undefined, {}, client, false).map(String)).toEqual([client.clientSecret]);
    expect(resolveEncryptionKeys([], {}, client, false).map(String)).toEqual([client.clientSecret]);
    expect(resolveEncryptionKeys([KEY], {}, client, false).map(String)).toEqual([KEY]);
    expect(
      resolveEncryptionKeys(undefined, { SCOPEGATE_ENCRYPTION_KEYS: `${KEY}, ${KEY}2` }, client, true).map(String),
    ).toEqual([KEY, `${KEY}2`]);
  });

  it("may end with the client secret, even with a short one, which never comes first", () => {
    const old = resolveClient({ clientId: "id", clientSecret: "secret-of-24-characters-" }, {});
    for (const each of [client, old]) {
      const { clientSecret } = each;
      const env = { SCOPEGATE_ENCRYPTION_KEYS: `${KEY},${clientSecret}` };
      for (const [option, variables] of [
        [[KEY, clientSecret], {}],
        [undefined, env],
      ] as const) {
        const masters = resolveEncryptionKeys(option, variables, each, true);
        expect(masters.map(String)).toEqual([KEY, clientSecret]);
      }
    }
    expect(() => resolveEncryptionKeys([old.clientSecret], {}, old, false)).toThrow(/key 0 of `encryptionKeys`/);
    expect(() => resolveEncryptionKeys([KEY, "another-short-secret-..."], {}, old, false)).toThrow(/key 1/);
  });

  it("must be long, and are required for a durable store", () => {
    expect(() => resolveEncryptionKeys(["short"], {}, client, false)).toThrow(/encryptionKeys/);
    expect(() => resolveEncryptionKeys(undefined, { SCOPEGATE_ENCRYPTION_KEYS: "short" }, client, false)).toThrow(
      /SCOPEGATE_ENCRYPTION_KEYS/,
    );
    expect(() => resolveEncryptionKeys(undefined, {}, client, true)).toThrow(/durable/);
    expect(() => resolveEncryptionKeys(KEY as never, {}, client, false)).toThrow(TypeError);
  });
});
