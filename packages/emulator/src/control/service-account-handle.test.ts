import { generateKeyPairSync } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  assertionClaims,
  requestAs,
  requestByAssertion,
  robot,
  serviceToken,
  signWith,
  startWithRobots,
  temporaryPath,
  tokeninfoOf,
} from "../../test/service.ts";
import { type Emulator, type JsonObject, type ServiceAccountHandle, startEmulator } from "../index.ts";

let google: Emulator;
let account: ServiceAccountHandle;
beforeAll(async () => {
  google = await startWithRobots();
  account = google.serviceAccount(robot.email);
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

const request = (changes?: JsonObject, header?: JsonObject) => requestAs(google, account, changes, header);
const tokeninfo = (token: string) => tokeninfoOf(google, token);

describe("a service account", () => {
  it("gets no tokens while it is disabled, and its access tokens are rejected", async () => {
    const token = await serviceToken(google);
    account.disable();
    expect(await request()).toMatchObject({ status: 401, body: { error: "disabled_client" } });
    expect((await tokeninfo(token))["error"]).toBe("invalid_token");
    account.enable();
    expect((await request()).status).toBe(200);
    expect((await tokeninfo(token))["error"]).toBeUndefined();
  });

  it("cannot be used after it is removed", async () => {
    const file = account.keyFile();
    google.removeServiceAccount(robot.email);
    const { body } = await requestByAssertion(google, signWith(file, assertionClaims(file)));
    expect(body.error_description).toBe("Invalid grant: account not found");
    expect(() => account.keyFile()).toThrow(`no service account "${robot.email}"`);
  });

  it("can sign with any key that is enabled", async () => {
    const first = account.keyFile();
    const second = account.keyFile(account.addKey());
    const sign = async (file: typeof first) =>
      (await requestByAssertion(google, signWith(file, assertionClaims(file)))).body.error_description;
    expect(await Promise.all([sign(first), sign(second)])).toEqual([undefined, undefined]);
    account.disableKey(first.private_key_id);
    expect(await Promise.all([sign(first), sign(second)])).toEqual(["Invalid JWT Signature.", undefined]);
    account.enableKey(first.private_key_id);
    account.deleteKey(second.private_key_id);
    expect(await Promise.all([sign(first), sign(second)])).toEqual([undefined, "Invalid JWT Signature."]);
    account.disableKey();
    expect(await sign(first)).toBe("Invalid JWT Signature.");
  });

  it("keeps its first key after a reset", async () => {
    const file = account.keyFile();
    google.reset();
    expect(account.keyFile()).toEqual(file);
    expect((await requestByAssertion(google, signWith(file, assertionClaims(file)))).status).toBe(200);
  });

  it("can have a configured key", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    google.addServiceAccount({ ...robot, keys: [{ id: "mine", privateKey }] });
    expect(account.keyFile().private_key_id).toBe("mine");
    expect((await request()).status).toBe(200);
  });

  it.each([
    [{ email: "robot" }, '"email"'],
    [{ ...robot, clientId: "x" }, '"clientId"'],
    [{ ...robot, keys: [{ privateKey: "-----BEGIN PRIVATE KEY-----\nsecret" }] }, '"keys"'],
  ])("%o is rejected with an error that names the option and contains no secret", async (wrong, name) => {
    await expect(startEmulator({ serviceAccounts: [wrong] })).rejects.toThrow(name);
    await expect(startEmulator({ serviceAccounts: [wrong] })).rejects.not.toThrow("secret");
  });

  it("has a key file in Google's form, with the addresses of the emulator", async () => {
    const path = await account.writeKeyFile(temporaryPath());
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      type: "service_account",
      project_id: "project",
      private_key_id: expect.stringMatching(/^[0-9a-f]{40}$/),
      private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
      client_email: robot.email,
      client_id: robot.clientId,
      auth_uri: google.endpoints.authorization,
      token_uri: google.endpoints.token,
      auth_provider_x509_cert_url: `${google.url}/oauth2/v1/certs`,
      client_x509_cert_url: `${google.url}/robot/v1/metadata/x509/robot%40project.iam.gserviceaccount.com`,
      universe_domain: "googleapis.com",
    });
    if (process.platform !== "win32") expect(statSync(path).mode & 0o077).toBe(0);
    rmSync(path);
  });

  it("publishes its keys as JSON Web Keys and as certificates", async () => {
    const file = account.keyFile();
    const jwt = signWith(file, { a: 1 });
    const keys = createRemoteJWKSet(new URL(`${google.url}/service_accounts/v1/jwk/${robot.email}`));
    expect((await jwtVerify(jwt, keys)).payload).toEqual({ a: 1 });
    const certificates = (await (await fetch(file.client_x509_cert_url)).json()) as JsonObject;
    expect(certificates[file.private_key_id]).toContain("BEGIN CERTIFICATE");
    expect((await fetch(`${google.url}/service_accounts/v1/jwk/nobody`)).status).toBe(404);
  });
});
