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

describe("a request", () => {
  test("is a form-encoded POST that asks for JSON", async () => {
    const server = await startServer((response) => sendJson(response, 200, { ok: true }, { "x-one": "1" }));
    const answer = await post(`${server.url}/token`);
    expect(answer).toMatchObject({ status: 200, body: '{"ok":true}' });
    expect(answer.header("x-one")).toBe("1");
    expect(answer.header("x-two")).toBeUndefined();
    expect(server.seen[0]).toMatchObject({
      method: "POST",
      url: "/token",
      headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=refresh_token&refresh_token=CANARY%2Frefresh",
    });
  });

  test("is a GET without a form", async () => {
    const server = await startServer((response) => sendJson(response, 200, {}));
    await attemptRequest({ url: `${server.url}/certs` }, { dispatcher: undefined, signal: undefined, timeout: 60_000 });
    expect(server.seen[0]).toMatchObject({ method: "GET", url: "/certs", body: "" });
  });

  test("goes through the dispatcher that was given", async () => {
    const server = await startServer((response) => sendJson(response, 200, {}));
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const dispatch = vi.spyOn(dispatcher, "dispatch");
    await post(server.url, { dispatcher });
    expect(dispatch).toHaveBeenCalledOnce();
  });

  test("S32 is bounded while the connection is being made", async () => {
    // A connector that never calls back: a host behind a firewall that drops packets.
    const dispatcher = new Agent({ connect: () => undefined });
    onTestFinished(() => dispatcher.destroy());
    const error = await failure(post("http://127.0.0.1:9/token", { timeout: 100, dispatcher }));
    expect(error).toMatchObject({ kind: "timeout", message: "no answer within 100 ms" });
  });
});

describe("S33 an answer that must not be used", () => {
  test("of ten megabytes is cut off", async () => {
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

  test("of exactly 64 KB is still read", async () => {
    const server = await startServer((response) => response.end("x".repeat(64 * 1024)));
    expect((await post(server.url)).body).toHaveLength(64 * 1024);
  });

  test("that is not HTTP is not quoted", async () => {
    const tcp = await startTcpServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: CANARY\r\n\r\n"));
    expect(await failure(post(tcp.url))).toMatchObject({ kind: "unusable", message: "the answer is not valid HTTP" });
  });
});

test("S27 a dispatcher's error that quotes the request's body is not passed on", async () => {
  const dispatcher = new MockAgent();
  dispatcher.disableNetConnect();
  dispatcher.get("http://127.0.0.1:9").intercept({ path: "/token", method: "POST", body: "another" }).reply(200);
  onTestFinished(() => dispatcher.close());
  expect((await failure(post("http://127.0.0.1:9/token", { dispatcher }))).kind).toBe("network");
});
