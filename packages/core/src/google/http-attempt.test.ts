import { inspect } from "node:util";
import { Agent, MockAgent, type Dispatcher } from "undici";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { sendJson, startServer, startTcpServer } from "../../../../test/harness/loopback-server.ts";
import { type HttpResponse, AttemptFailure, attemptRequest } from "./http-attempt.ts";

const FORM = { grant_type: "refresh_token", refresh_token: "CANARY/refresh" };

function post(url: string, limits: { dispatcher?: Dispatcher; timeout?: number } = {}): Promise<HttpResponse> {
  return attemptRequest({ url, form: FORM }, { dispatcher: undefined, signal: undefined, timeout: 60_000, ...limits });
}

async function failure(promise: Promise<unknown>): Promise<AttemptFailure> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AttemptFailure);
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain("CANARY");
  return error as AttemptFailure;
}

describe("attemptRequest", () => {
  test("sends a form as a POST that asks for JSON", async () => {
    const server = await startServer((response) => sendJson(response, 200, { ok: true }, { "x-one": "1" }));
    const received = await post(`${server.url}/token`);
    expect(received).toMatchObject({ status: 200, body: '{"ok":true}' });
    expect(received.header("x-one")).toBe("1");
    expect(received.header("x-two")).toBeUndefined();
    expect(server.seen[0]).toMatchObject({
      method: "POST",
      url: "/token",
      headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=refresh_token&refresh_token=CANARY%2Frefresh",
    });
  });

  test("sends a GET without a form", async () => {
    const server = await startServer((response) => sendJson(response, 200, {}));
    await attemptRequest({ url: `${server.url}/certs` }, { dispatcher: undefined, signal: undefined, timeout: 60_000 });
    expect(server.seen[0]).toMatchObject({ method: "GET", url: "/certs", body: "" });
  });

  test("uses the given dispatcher", async () => {
    const server = await startServer((response) => sendJson(response, 200, {}));
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const dispatch = vi.spyOn(dispatcher, "dispatch");
    await post(server.url, { dispatcher });
    expect(dispatch).toHaveBeenCalledOnce();
  });

  test("S32 limits the time to connect", async () => {
    // A connector that never calls back: a host behind a firewall that drops packets.
    const dispatcher = new Agent({ connect: () => undefined });
    onTestFinished(() => dispatcher.destroy());
    const error = await failure(post("http://127.0.0.1:9/token", { timeout: 100, dispatcher }));
    expect(error).toMatchObject({ kind: "timeout", message: "no response within 100 ms" });
  });
});

describe("S33 attemptRequest with an unusable response", () => {
  test("stops reading a response of ten megabytes", async () => {
    const size = 10 * 1024 * 1024;
    let written = 0;
    const tcp = await startTcpServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      const more = (): void => {
        while (written < size) {
          written += 16_384;
          if (!socket.write(Buffer.alloc(16_384, " "))) return;
        }
      };
      socket.on("drain", more);
      more();
    });
    const error = await failure(post(tcp.url));
    expect(error.kind).toBe("unusable");
    expect(error.message).toContain("longer than 65536 bytes");
    expect(written).toBeLessThan(size);
  });

  test("reads a response of exactly 64 KB", async () => {
    const server = await startServer((response) => response.end("x".repeat(64 * 1024)));
    expect((await post(server.url)).body).toHaveLength(64 * 1024);
  });

  test("does not quote a response that is not HTTP", async () => {
    const tcp = await startTcpServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: CANARY\r\n\r\n"));
    expect(await failure(post(tcp.url))).toMatchObject({ kind: "unusable", message: "the response is not valid HTTP" });
  });
});

test("S27 attemptRequest does not pass on a dispatcher's error that quotes the request's body", async () => {
  const dispatcher = new MockAgent();
  dispatcher.disableNetConnect();
  dispatcher.get("http://127.0.0.1:9").intercept({ path: "/token", method: "POST", body: "another" }).reply(200);
  onTestFinished(() => dispatcher.close());
  expect((await failure(post("http://127.0.0.1:9/token", { dispatcher }))).kind).toBe("network");
});
