import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { appendNodeHeader } from "./node-response.ts";

it("a cookie takes the place of its namesake, and of no other", async () => {
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
