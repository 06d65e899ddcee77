import { describe, expect, it } from "vitest";
import { resolveClient } from "../google/client-config.ts";
import { resolveEncryptionKeys } from "./encryption-keys.ts";

const client = resolveClient({ clientId: "id", clientSecret: "GOCSPX-secret-of-the-client" }, {});
const KEY = "k".repeat(32);

describe("encryption keys", () => {
  it("are derived from the client secret if none are given, and precede it otherwise", () => {
    expect(resolveEncryptionKeys(undefined, {}, client, false).map(String)).toEqual([client.clientSecret]);
    expect(resolveEncryptionKeys([KEY], {}, client, false).map(String)).toEqual([KEY, client.clientSecret]);
    expect(
      resolveEncryptionKeys(undefined, { SCOPEGATE_ENCRYPTION_KEYS: `${KEY}, ${KEY}2` }, client, true).map(String),
    ).toEqual([KEY, `${KEY}2`, client.clientSecret]);
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
