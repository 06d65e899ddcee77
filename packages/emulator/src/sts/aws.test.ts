import { AwsV4Signer } from "aws4fetch";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { audience, exchangeToken } from "../../test/workload.ts";
import { type Emulator, startEmulator } from "../index.ts";

const awsKey = { secretAccessKey: "aws-secret", arn: "arn:aws:sts::123456789012:assumed-role/builder/i-1" };

let google: Emulator;
beforeAll(async () => {
  const aws = { audience: audience("aws"), awsKeys: { AKIA1: awsKey } };
  google = await startEmulator({ workloadProviders: [{ audience: audience("own") }, aws] });
});
beforeEach(() => google.reset());
afterAll(() => google.stop());

describe("a signed request for AWS", () => {
  const identity = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15";
  async function sign({ url = identity, resource = audience("aws"), secret = awsKey.secretAccessKey, id = "AKIA1" }) {
    const signer = new AwsV4Signer({
      method: "POST",
      url,
      headers: { "x-goog-cloud-target-resource": resource },
      accessKeyId: id,
      secretAccessKey: secret,
      service: "sts",
      region: "us-east-1",
      allHeaders: true,
    });
    const signed = await signer.sign();
    const headers = [...signed.headers].map(([key, value]) => ({ key, value }));
    headers.push({ key: "host", value: signed.url.host });
    return encodeURIComponent(JSON.stringify({ url: String(signed.url), method: "POST", headers }));
  }
  const ask = (token: string) =>
    exchangeToken(google, {
      audience: audience("aws"),
      subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
      subject_token: token,
    });

  it("is exchanged for an access token", async () => {
    expect((await ask(await sign({}))).status).toBe(200);
  });

  it.each<[string, Parameters<typeof sign>[0]]>([
    ["signature", { secret: "another" }],
    ["signature", { id: "AKIA2" }],
    ["x-goog-cloud-target-resource", { resource: audience("own") }],
    ["GetCallerIdentity", { url: identity.replace("GetCallerIdentity", "AssumeRole") }],
    ["GetCallerIdentity", { url: identity.replace("amazonaws.com", "example.com") }],
  ])("is rejected for its %s with %o", async (description, changes) => {
    const { body } = await ask(await sign(changes));
    expect(body.error).toBe("invalid_grant");
    expect(body.error_description).toContain(description);
  });

  it("is rejected if it is expired or not JSON", async () => {
    const token = await sign({});
    google.clock.advance(901_000);
    expect((await ask(token)).body.error_description).toContain("expired");
    expect((await ask("{")).body.error_description).toContain("parse");
  });
});
