import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { dropFromShared, isForSharedCaches } from "./shared-caches.ts";

const LINE = "session=renewed; Path=/";

/** The cookies that a client receives from a response. */
async function cookiesOf(respond: (res: ServerResponse) => void): Promise<string[]> {
  const server = createServer((_req, res) => respond(res)).listen(0, "localhost");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const response = await fetch(`http://localhost:${(server.address() as AddressInfo).port}`);
  await response.text();
  return response.headers.getSetCookie();
}

function prepare(res: ServerResponse): void {
  res.setHeader("Set-Cookie", ["app=1", LINE]);
  dropFromShared(res, LINE);
}

describe("dropFromShared", () => {
  it.each<[form: string, end: (res: ServerResponse) => void]>([
    ["setHeader", (res) => res.setHeader("Cache-Control", "public").end()],
    ["an object of writeHead", (res) => res.writeHead(200, { "cache-control": "S-Maxage=5" }).end()],
    ["a flat list of writeHead", (res) => res.writeHead(200, ["Cache-Control", "max-age=1, public"]).end()],
    ["a list with the status text", (res) => res.writeHead(200, "Fine", ["Cache-Control", "public"]).end()],
    ["several values", (res) => res.setHeader("Cache-Control", ["max-age=1", "public"]).end()],
    ["flushHeaders", (res) => (res.setHeader("Cache-Control", "public").flushHeaders(), res.end())],
    ["write", (res) => (res.setHeader("Cache-Control", "public").write("a"), res.end())],
  ])("drops only its own line where the app sets the header by %s", async (_form, end) => {
    expect(
      await cookiesOf((res) => {
        prepare(res);
        end(res);
      }),
    ).toEqual(["app=1"]);
  });

  it("drops lines that the framework passes to writeHead", async () => {
    const [second, other] = ["session.1=rest; Path=/", "app=1"];
    const cookies = await cookiesOf((res) => {
      dropFromShared(res, LINE);
      dropFromShared(res, second);
      res.writeHead(200, { "Cache-Control": "public", "Set-Cookie": [LINE, second, other] }).end();
    });
    expect(cookies).toEqual([other]);
  });

  it("keeps a line that a change has replaced, and every line of other responses", async () => {
    const changed = "session=changed; Path=/";
    const ofChange = await cookiesOf((res) => {
      dropFromShared(res, LINE);
      res.setHeader("Set-Cookie", changed).writeHead(200, { "Cache-Control": "public" }).end();
    });
    expect(ofChange).toEqual([changed]);
    expect(await cookiesOf((res) => (prepare(res), res.writeHead(200, { "Cache-Control": "private" }).end()))).toEqual([
      "app=1",
      LINE,
    ]);
  });
});

it("isForSharedCaches compares whole directives", () => {
  const isShared = (headers: Record<string, string>) => isForSharedCaches((name) => headers[name]);
  expect(isShared({})).toBe(false);
  expect(isShared({ "cache-control": "no-cache, republic, max-age=5" })).toBe(false);
  expect(isShared({ "cache-control": "max-age=5 , Public" })).toBe(true);
  expect(isShared({ "surrogate-control": "max-age=5" })).toBe(true);
  expect(isShared({ "cdn-cache-control": "no-store" })).toBe(false);
});
