import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Drops the server's next response and ends the connection instead. */
  losesResponse: boolean;
}

interface Trap {
  readonly part: string;
  readonly when: "before" | "after";
  readonly sprung: () => void;
}

/** A TCP proxy between a client and its server that fails on demand. */
export class FaultProxy implements AsyncDisposable {
  /** The port that new connections lead to. */
  target: number;
  readonly #listener = createServer((client) => this.#accept(client));
  readonly #pairs = new Set<Pair>();
  #port = 0;
  #isSilent = false;
  #trap: Trap | undefined;

  constructor(target: number) {
    this.target = target;
  }

  static async start(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.accept();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Ends all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = once(this.#listener, "close");
    this.#listener.close();
    this.cut();
    await closed;
  }

  /** Accepts connections again, on the same port. */
  async accept(): Promise<void> {
    this.#listener.listen(this.#port, "127.0.0.1");
    await once(this.#listener, "listening");
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  /** Accepts connections but forwards nothing in either direction. */
  fallSilent(): void {
    this.#isSilent = true;
    for (const pair of this.#pairs) setFlowing(pair, false);
  }

  /** Forwards the held data and all further data. */
  speak(): void {
    this.#isSilent = false;
    for (const pair of this.#pairs) setFlowing(pair, true);
  }

  /** Forwards on new connections only. Silent ones stay silent, as behind a firewall that has forgotten them. */
  speakToNewConnections(): void {
    this.#isSilent = false;
  }

  /** Ends all connections. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /**
   * Ends the connection that carries the next request with this text: before the server receives the request, or after
   * the server has carried it out, so that the response is lost.
   * @returns a promise that resolves when the connection has ended
   */
  cutAt(part: string, when: Trap["when"]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#trap = { part, when, sprung: resolve };
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#listener.listening) await this.refuse();
    else this.cut();
  }

  #accept(client: Socket): void {
    const server = connect(this.target, "127.0.0.1");
    const pair: Pair = { client, server, losesResponse: false };
    this.#pairs.add(pair);
    client.on("data", (chunk) => this.#forward(pair, chunk));
    server.on("data", (chunk) => {
      if (pair.losesResponse) client.resetAndDestroy();
      else client.write(chunk);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
    if (this.#isSilent) setFlowing(pair, false);
  }

  #forward(pair: Pair, chunk: Buffer): void {
    const trap = this.#trap;
    if (trap === undefined || !chunk.includes(trap.part)) {
      pair.server.write(chunk);
      return;
    }
    this.#trap = undefined;
    pair.client.once("close", trap.sprung);
    if (trap.when === "before") {
      pair.client.resetAndDestroy();
    } else {
      pair.losesResponse = true;
      pair.server.write(chunk);
    }
  }
}

function setFlowing({ client, server }: Pair, flows: boolean): void {
  for (const socket of [client, server]) {
    if (flows) socket.resume();
    else socket.pause();
  }
}
