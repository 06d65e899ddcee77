import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { appendNodeHeader, sendNodeResponse } from "./node-response.ts";

it("replaces a cookie of the same name, and no other", async () => {
  const server = createServer((_request, response) => {
    response.setHeader("Set-Cookie", "app=0");
    for (const line of ["a=1; Path=/", "ab=2", "a=3; Path=/"]) appendNodeHeader(response, "Set-Cookie", line);
    for (const value of ["x", "y"]) appendNodeHeader(response, "Vary", value);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(headers.getSetCookie()).toEqual(["app=0", "ab=2", "a=3; Path=/"]);
    expect(headers.get("vary")).toBe("x, y");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

it("sends a complete response, even if a handler had set headers of its own before it threw", async () => {
  const server = createServer((_request, response) => {
    response
      .setHeader("Content-Length", "1000")
      .setHeader("Content-Encoding", "gzip")
      .setHeader("ETag", '"of-the-file"');
    response.setHeader("Strict-Transport-Security", "max-age=60");
    void sendNodeResponse(response, new Response("a page", { status: 401 }), "GET");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect([answer.status, await answer.text()]).toEqual([401, "a page"]);
    expect([answer.headers.get("etag"), answer.headers.get("strict-transport-security")]).toEqual([null, "max-age=60"]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
