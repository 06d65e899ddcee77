// Key files: errors name the file and the field, and never contain the key.
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { applicationDefault, serviceAccount } from "@scopegate/core/service";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../harness/service.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: typeof rsa, type: "pkcs8" | "pkcs1" = "pkcs8") =>
  String(key.privateKey.export({ type, format: "pem" }));
const cipher = { format: "pem", cipher: "aes-256-cbc", passphrase: "CANARY" } as const;
const encrypted = {
  pkcs8: String(rsa.privateKey.export({ type: "pkcs8", ...cipher })),
  pkcs1: String(rsa.privateKey.export({ type: "pkcs1", ...cipher })),
};
const file = {
  type: "service_account",
  client_email: "robot@tests.iam.gserviceaccount.com",
  private_key: pem(rsa),
  private_key_id: "key-1",
  project_id: "tests",
};

function writeTemporary(content: string | Uint8Array, name = "key.json", mode = 0o600): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** The message of the TypeError for a key. Fails if it contains anything of the key. */
function messageOf(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    const text = inspect(error, { depth: null, showHidden: true });
    for (const secret of ["CANARY", "BEGIN RSA", "MII", file.private_key.slice(40, 80)])
      expect(text).not.toContain(secret);
    return (error as Error).message;
  }
  return expect.fail("the key was accepted");
}

describe("a key file", () => {
  it.skipIf(process.platform === "win32")("S55 works and causes one warning if other users can read it", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    const [open, closed] = [
      writeTemporary(JSON.stringify(file), "open.json", 0o644),
      writeTemporary(JSON.stringify(file)),
    ];
    for (const keyFile of [open, open, closed]) expect(serviceAccount({ keyFile }).email).toBe(file.client_email);
    expect(applicationDefault({}, { GOOGLE_APPLICATION_CREDENTIALS: open }).email).toBe(file.client_email);
    await new Promise(setImmediate);
    process.off("warning", listen);
    expect(warnings).toMatchObject([{ code: "SCOPEGATE_KEY_FILE" }]);
    expect(warnings[0]!.message).toContain(open);
    expect(warnings[0]!.message).not.toContain("BEGIN");
  });

  it.each([
    ["garbage", "CANARY not json", /key\.json.* is not JSON/],
    ["an array", '["CANARY"]', /holds no JSON object/],
    [
      "another type",
      JSON.stringify({ ...file, type: "authorized_user" }),
      /key\.json.*`type` must.*not "authorized_user"/,
    ],
    ["an invalid type", JSON.stringify({ ...file, type: "CANARY!" }), /`type` must be "service_account"/],
    ["an OAuth client", JSON.stringify({ web: { client_secret: "CANARY" } }), /is the file of an OAuth client/],
    ["no e-mail address", JSON.stringify({ ...file, client_email: "" }), /key\.json.*`client_email` is missing/],
    ["no key", JSON.stringify({ ...file, private_key: undefined }), /`private_key` is missing/],
    ["a number as its key", JSON.stringify({ ...file, private_key: 7 }), /`private_key` must be a string/],
    ["a key that is not PEM", JSON.stringify({ ...file, private_key: "CANARY" }), /`private_key` must be a key in PEM/],
    [
      "damaged PEM",
      JSON.stringify({ ...file, private_key: file.private_key.replace(/[A-Z]/g, "C") }),
      /`private_key` (must be a key in PEM|cannot be read)/,
    ],
    [
      "a PEM body that is not base64",
      JSON.stringify({ ...file, private_key: "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n" }),
      /key\.json.*`private_key` cannot be read as a private key/,
    ],
    ["encrypted PEM", JSON.stringify({ ...file, private_key: encrypted.pkcs8 }), /`private_key` is encrypted; decrypt/],
    ["old encrypted PEM", JSON.stringify({ ...file, private_key: encrypted.pkcs1 }), /`private_key` is encrypted/],
    [
      "a public key",
      JSON.stringify({ ...file, private_key: String(rsa.publicKey.export({ type: "spki", format: "pem" })) }),
      /`private_key` cannot be read as a private key/,
    ],
    [
      "another algorithm",
      JSON.stringify({ ...file, private_key: pem(ec as never) }),
      /`private_key` must be an RSA key/,
    ],
    ["a `token_uri` without https", JSON.stringify({ ...file, token_uri: "http://evil.example/" }), /`token_uri`/],
  ])("S55 with %s is rejected with the file and the field, without its content", (_, content, message) => {
    const keyFile = writeTemporary(content);
    expect(messageOf(() => serviceAccount({ keyFile }))).toMatch(message);
  });

  it("S55 in another format is rejected with the command that converts it", () => {
    const p12 = Buffer.from([0x30, 0x82, 0x0a, 0x00, 0x02, 0x01, 0x03, 0x30]);
    for (const name of ["key.p12", "key.bin"])
      expect(messageOf(() => serviceAccount({ keyFile: writeTemporary(p12, name) }))).toMatch(
        /PKCS #12.*openssl pkcs12 -in/,
      );
    expect(messageOf(() => serviceAccount({ keyFile: writeTemporary(file.private_key, "key.pem") }))).toMatch(
      /is a PEM key.*give `credentials: \{ client_email, private_key \}`/,
    );
  });

  it("S55 that does not exist is rejected, and a key in place of the path is not shown", () => {
    expect(messageOf(() => serviceAccount({ keyFile: "/nowhere/key.json" }))).toMatch(
      /"\/nowhere\/key\.json" does not/,
    );
    expect(messageOf(() => serviceAccount({ keyFile: JSON.stringify(file) }))).toMatch(/not shown/);
    expect(messageOf(() => serviceAccount({ keyFile: file.private_key }))).toMatch(/not shown/);
    expect(messageOf(() => serviceAccount({ credentials: `CANARY ${file.private_key}` }))).toMatch(/JSON text/);
  });

  it("S55 is not visible in the source", () => {
    const source = serviceAccount({ credentials: file });
    const shown = inspect(source, { depth: null, showHidden: true, getters: true }) + JSON.stringify(source);
    expect(shown).toContain(file.client_email);
    expect(shown).not.toMatch(/BEGIN|MII/);
  });
});

describe("a valid key", () => {
  it.each([
    ["PKCS #8", file],
    ["PKCS #1", { ...file, private_key: pem(rsa, "pkcs1") }],
    ["PEM with literal line ends", { ...file, private_key: file.private_key.replaceAll("\n", String.raw`\n`) }],
    ["PEM with Windows line ends", { ...file, private_key: file.private_key.replaceAll("\n", "\r\n") }],
    ["JSON text", JSON.stringify(file)],
    ["an object without `type`", { ...file, type: undefined }],
  ])("is accepted as %s", async (_, credentials) => {
    const source = serviceAccount({ credentials: credentials as typeof file });
    expect((await source.signJwt({})).split(".")).toHaveLength(3);
  });
});
