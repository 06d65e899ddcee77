import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/**
 * How far a request gets before it is held:
 * - `asked`: it has come, and the other side has not seen it
 * - `answered`: the other side has carried it out, and no byte of the answer has been passed on
 * - `begun`: head and half of the answer have been passed on
 */
export type Stage = "asked" | "answered" | "begun";

/** A request that waits. */
export interface HeldRequest {
  /** Resolves when a request has got that far. */
  readonly arrived: Promise<void>;
  release(): void;
}

/** Passes requests on to another server, letter for letter: a load balancer, or a network with a will of its own. */
export interface Relay extends AsyncDisposable {
  readonly origin: string;
  /** Where requests go: an origin, which may change. */
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
    // Either side may die in the middle: then the other one learns of it as it would without a relay.
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

  await holdAt("asked");
  const sent = request(new URL(incoming.url ?? "/", target), { method: incoming.method, headers: incoming.headers });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const content = await buffer(answer);
  await holdAt("answered");
  outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
  const half = Math.floor(content.length / 2);
  outgoing.write(content.subarray(0, half));
  await holdAt("begun");
  outgoing.end(content.subarray(half));
}
