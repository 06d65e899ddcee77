import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { inspect } from "node:util";
import { Agent } from "undici";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { sendJson, startServer, startTcpServer } from "../../../../test/harness/loopback-server.ts";
import { AuthError } from "../errors/auth-error.ts";
import { createHttpClient, type RetryableRequest, type HttpClientOptions } from "./http-client.ts";

const FORM = { grant_type: "refresh_token", refresh_token: "CANARY/refresh", client_secret: "CANARY/secret" };

/** An HTTP client that records its pauses and does not wait for them. */
function httpClient(options: HttpClientOptions = {}) {
  const pauses: number[] = [];
  const sleep = (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  return { pauses, request: createHttpClient({ sleep, random: () => 1, ...options }) };
}

function post(url: string, replay: RetryableRequest["replay"] = "safe", signal?: AbortSignal): RetryableRequest {
  return { url, form: FORM, replay, signal };
}

async function failure(promise: Promise<unknown>): Promise<AuthError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AuthError);
  const text = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error) + (error as AuthError).message;
  expect(text).not.toContain("CANARY");
  return error as AuthError;
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("the HTTP client", () => {
  test("returns a 4xx response after one attempt", async () => {
    const server = await startServer((response) => sendJson(response, 400, { error: "invalid_grant" }));
    expect((await httpClient().request(post(server.url))).status).toBe(400);
    expect(server.seen).toHaveLength(1);
  });

  test.each([0, -1, 1.5, Number.NaN, 1e9, Number.POSITIVE_INFINITY])("rejects the timeout %d", (timeout) => {
    expect(() => createHttpClient({ timeout })).toThrow(/^timeout must be a whole number of milliseconds/);
  });
});

describe("S31 a retryable failure", () => {
  test.each([500, 502, 503, 429])("with the status %d is retried with growing pauses", async (status) => {
    const server = await startServer((response, count) => sendJson(response, count < 3 ? status : 200, {}));
    const { request, pauses } = httpClient();
    expect((await request(post(server.url))).status).toBe(200);
    expect(server.seen).toHaveLength(3);
    expect(pauses).toEqual([200, 400]);
  });

  test("fails the request after three attempts", async () => {
    const server = await startServer((response) => sendJson(response, 503, {}));
    const error = await failure(httpClient().request(post(`${server.url}/token?key=CANARY`)));
    expect(error).toMatchObject({ code: "temporarily_unavailable", status: 503 });
    expect(error.message).toContain(`POST ${server.url}/token: HTTP 503`);
    expect(server.seen).toHaveLength(3);
  });

  test("is retried after the time of Retry-After, in seconds or as a date", async () => {
    const now = Date.UTC(2026, 0, 1);
    const asked = ["3", new Date(now + 4_000).toUTCString()];
    const server = await startServer((response, count) => {
      const wait = asked[count - 1];
      sendJson(response, wait === undefined ? 200 : 429, {}, wait === undefined ? {} : { "retry-after": wait });
    });
    const { request, pauses } = httpClient({ now: () => now });
    await request(post(server.url));
    expect(pauses).toEqual([3_000, 4_000]);
  });

  test("waits until the date of Retry-After by the mock timers that a test installs later", async () => {
    const server = await startServer((response) =>
      sendJson(response, 503, {}, { "retry-after": new Date(2_000_000_003_000).toUTCString() }),
    );
    const { request, pauses } = httpClient();
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ["Date"], now: 2_000_000_000_000 });
    await failure(request(post(server.url)));
    expect(pauses).toEqual([3_000, 3_000]);
  });

  test("fails the request at once if Retry-After is longer than a user would wait", async () => {
    const server = await startServer((response) => sendJson(response, 503, {}, { "retry-after": "120" }));
    const { request, pauses } = httpClient();
    const error = await failure(request(post(server.url)));
    expect(error).toMatchObject({ code: "temporarily_unavailable", headers: { "Retry-After": "120" } });
    expect(pauses).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });

  test("of the network is retried: connection refused, reset, closed without a response", async () => {
    const port = await unusedPort();
    const refused = httpClient();
    const error = await failure(refused.request(post(`http://127.0.0.1:${port}/token`)));
    expect(error.code).toBe("temporarily_unavailable");
    expect(error.message).toContain("ECONNREFUSED");
    expect(refused.pauses).toHaveLength(2);

    const tcp = await startTcpServer((socket, count) => {
      if (count === 1) socket.resetAndDestroy();
      else if (count === 2) socket.end();
      else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    });
    expect((await httpClient().request(post(tcp.url))).body).toBe("{}");
    expect(tcp.count()).toBe(3);
  });
});

describe("a code exchange", () => {
  test("is sent again if no connection was established", async () => {
    const port = await unusedPort();
    const refused = httpClient();
    await failure(refused.request(post(`http://127.0.0.1:${port}/token`, "never-after-send")));
    expect(refused.pauses).toHaveLength(2);

    const unknown = httpClient();
    const error = await failure(unknown.request(post("http://nowhere.invalid/token", "never-after-send")));
    expect(error.code).toBe("temporarily_unavailable");
    expect(unknown.pauses).toHaveLength(2);
  });

  test.each<[string, (socket: Socket) => void]>([
    ["a reset", (socket) => socket.resetAndDestroy()],
    ["a closed connection", (socket) => socket.end()],
    ["an error of the server", (socket) => socket.end("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")],
    ["a rate limit", (socket) => socket.end("HTTP/1.1 429 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")],
    ["a truncated response", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")],
    ["no response", () => undefined],
  ])("is never sent again after %s", async (name, accept) => {
    const tcp = await startTcpServer(accept);
    // Only the missing response is waited for. In the other cases the timeout must not come before the failure.
    const timeout = name === "no response" ? 1_000 : 60_000;
    const error = await failure(httpClient({ timeout }).request(post(tcp.url, "never-after-send")));
    expect(error.code).toBe("temporarily_unavailable");
    expect(tcp.count()).toBe(1);
  });
});

describe("S32 an endpoint that hangs", () => {
  test.each<[string, (socket: Socket) => void]>([
    ["never responds", () => undefined],
    ["stops after its headers", (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")],
    [
      "sends one byte at a time",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n");
        const timer = setInterval(() => socket.write(" "), 10);
        socket.on("close", () => clearInterval(timer));
      },
    ],
  ])("and %s fails all waiting calls, and the next call works", async (_, hang) => {
    let healthy = false;
    const tcp = await startTcpServer((socket) => {
      if (healthy) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
      else hang(socket);
    });
    const { request } = httpClient({ timeout: 150 });
    const waiters = Array.from({ length: 20 }, () => failure(request(post(tcp.url))));
    for (const error of await Promise.all(waiters)) {
      expect(error.code).toBe("temporarily_unavailable");
      expect(error.message).toContain("no response within 150 ms");
    }
    healthy = true;
    // The timeout is short for the test's sake. A busy machine may need more than one call within it.
    await expect.poll(() => request(post(tcp.url)).catch(() => undefined)).toMatchObject({ body: "{}" });
  });

  test("leaves no connection open", async () => {
    const server = await startServer(() => undefined);
    // After an abort undici opens an idle connection for the next request, which these options close soon.
    const dispatcher = new Agent({ keepAliveTimeout: 100, keepAliveMaxTimeout: 100 });
    onTestFinished(() => dispatcher.close());
    await failure(httpClient({ timeout: 50, dispatcher }).request(post(server.url)));
    await expect.poll(() => server.connections()).toBe(0);
  });
});

describe("S33 a response", () => {
  test("that ends early is requested again if that is safe", async () => {
    const tcp = await startTcpServer((socket, count) =>
      socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${count === 1 ? 99 : 2}\r\n\r\n{}`),
    );
    expect((await httpClient().request(post(tcp.url))).body).toBe("{}");
    expect(tcp.count()).toBe(2);
  });

  test("that is unusable is an invalid_response, and is not requested again", async () => {
    const server = await startServer((response) => response.end(" ".repeat(10 * 1024 * 1024)));
    const error = await failure(httpClient().request(post(server.url)));
    expect(error).toMatchObject({
      code: "invalid_response",
      status: 502,
      cause: { name: "AttemptFailure", kind: "unusable" },
    });
    expect(server.seen).toHaveLength(1);
  });
});

test.each([301, 302, 303, 307, 308])("S34 does not follow a %d from the token endpoint", async (status) => {
  const elsewhere = await startServer((response) => sendJson(response, 200, {}));
  const server = await startServer((response) => response.writeHead(status, { location: elsewhere.url }).end());
  const error = await failure(httpClient().request(post(server.url)));
  expect(error.code).toBe("invalid_response");
  expect(error.message).toContain(`HTTP ${status}: redirects are not followed`);
  expect(server.seen).toHaveLength(1);
  expect(elsewhere.seen).toHaveLength(0);
});

describe("the caller's signal", () => {
  test("ends a running request without another attempt", async () => {
    const controller = new AbortController();
    const server = await startServer(() => controller.abort(new Error("gone")));
    const error = await failure(httpClient().request(post(server.url, "safe", controller.signal)));
    expect(error.code).toBe("temporarily_unavailable");
    expect(error.message).toContain("aborted");
    expect(server.seen).toHaveLength(1);
  });

  test("ends a pause", async () => {
    const controller = new AbortController();
    const server = await startServer((response) => {
      sendJson(response, 503, {}, { "retry-after": "5" });
      response.on("finish", () => setImmediate(() => controller.abort()));
    });
    const request = createHttpClient();
    expect((await failure(request(post(server.url, "safe", controller.signal)))).message).toContain("aborted");
  });

  test("that is already aborted prevents the request", async () => {
    const server = await startServer((response) => sendJson(response, 200, {}));
    await failure(httpClient().request(post(server.url, "safe", AbortSignal.abort())));
    expect(server.seen).toHaveLength(0);
  });
});
