import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/**
 * The stage at which a request is held:
 * - `requested`: the relay has received it, and the server has not
 * - `responded`: the server has carried it out, and the relay has forwarded no byte of the response
 * - `begun`: the relay has forwarded the head and half of the response
 */
export type Stage = "requested" | "responded" | "begun";

/** A request that the relay holds. */
export interface HeldRequest {
  /** Resolves when a request has reached the stage. */
  readonly arrived: Promise<void>;
  release(): void;
}

/** Forwards requests to another server unchanged: a load balancer, or a network that can hold a request. */
export interface Relay extends AsyncDisposable {
  readonly origin: string;
  /** The origin that requests go to. It may change. */
  target: string;
  /** Holds the next request whose body includes `part`. */
  hold(stage: Stage, part?: string): HeldRequest;
}

interface Hold {
  readonly stage: Stage;
  readonly part: string;
  readonly arrive: () => void;
  readonly released: Promise<void>;
}

export async function startRelay(target: string): Promise<Relay> {
  const holds = new Set<Hold>();
  const server = createServer((incoming, outgoing) => {
    // If one side is killed, the other side sees a closed connection, as without a relay.
    pass(relay.target, holds, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const relay: Relay = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    target,
    hold(stage, part = "") {
      const arrived = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      holds.add({ stage, part, arrive: arrived.resolve, released: released.promise });
      return { arrived: arrived.promise, release: released.resolve };
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return relay;
}

async function pass(target: string, holds: Set<Hold>, incoming: IncomingMessage, outgoing: ServerResponse) {
  const body = await buffer(incoming);
  const hold = [...holds].find(({ part }) => body.includes(part));
  if (hold !== undefined) holds.delete(hold);
  const holdAt = async (stage: Stage) => {
    if (hold?.stage !== stage) return;
    hold.arrive();
    await hold.released;
  };

  await holdAt("requested");
  const sent = request(new URL(incoming.url ?? "/", target), { method: incoming.method, headers: incoming.headers });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const content = await buffer(response);
  await holdAt("responded");
  outgoing.writeHead(response.statusCode!, response.rawHeaders);
  const half = Math.floor(content.length / 2);
  outgoing.write(content.subarray(0, half));
  await holdAt("begun");
  outgoing.end(content.subarray(half));
}
