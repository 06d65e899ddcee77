import { describe, expect, it } from "vitest";
import { isLoopbackHost, isMetadataHost, refuseHost } from "./served-hosts.ts";

const LOOPBACK = [
  "localhost",
  "LocalHost:4000",
  "localhost.:4000",
  "google.localhost:4000",
  "a.b.localhost",
  "127.0.0.1",
  "127.0.0.1:65535",
  "127.8.9.10:80",
  "[::1]",
  "[::1]:4000",
];
const METADATA = [
  "metadata.google.internal",
  "metadata.google.internal.:80",
  "METADATA.google.internal",
  "169.254.169.254",
  "[fd20:ce::254]:80",
];
const OTHERS = [
  undefined,
  "",
  ":4000",
  "evil.example",
  "evil.example:4000",
  "localhost.evil.example",
  "evil-localhost",
  ".localhost.example",
  "127.0.0.1.nip.io:4000",
  "127.1",
  "127.0.0.256",
  "128.0.0.1",
  "0.0.0.0:4000",
  "192.168.0.1",
  "[::]",
  "[::2]:4000",
  "[::ffff:127.0.0.1]",
  "localhost@evil.example",
  "evil.example@localhost",
  "evil.example#localhost",
  "evil.example/.localhost",
  "evil.example, localhost",
  "localhost evil.example",
  "localhost:4000:4000",
  "localhost:",
  "metadata.google.internal.evil.example",
];

describe("the hosts that a server responds for", () => {
  it.each(LOOPBACK)("have %s on every port", (host) => {
    expect([isLoopbackHost(host), isMetadataHost(host)]).toEqual([true, true]);
  });

  it.each(METADATA)("have %s on the port of the metadata server only", (host) => {
    expect([isLoopbackHost(host), isMetadataHost(host)]).toEqual([false, true]);
  });

  it.each(OTHERS)("do not have %s", (host) => {
    expect([isLoopbackHost(host), isMetadataHost(host)]).toEqual([false, false]);
  });

  it("are told to a client that named another one", () => {
    const { status, headers, body } = refuseHost('evil.example"<script>:4000');
    expect(status).toBe(403);
    expect(headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
    expect(body).toContain("only to requests for localhost, 127.0.0.1 or [::1]");
    expect(body).toContain("evil.example");
    expect(refuseHost(undefined).body).toContain("names no host");
  });
});
