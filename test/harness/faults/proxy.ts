import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Swallows the server's next answer, and ends the connection in its place. */
  losesAnswer: boolean;
}

interface Trap {
  readonly part: string;
  readonly when: "before" | "after";
  readonly sprung: () => void;
}

/** A network between a client and its server on this machine, that fails as it is told to. */
export class FaultProxy implements AsyncDisposable {
  /** Where new connections go. */
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

  /** Ends all connections, and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = once(this.#listener, "close");
    this.#listener.close();
    this.cut();
    await closed;
  }

  /** Accepts connections again, at the same port. */
  async accept(): Promise<void> {
    this.#listener.listen(this.#port, "127.0.0.1");
    await once(this.#listener, "listening");
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  /** Accepts connections, and lets nothing pass in either direction. */
  fallSilent(): void {
    this.#isSilent = true;
    for (const pair of this.#pairs) setFlowing(pair, false);
  }

  /** Lets pass what was held, and what comes. */
  speak(): void {
    this.#isSilent = false;
    for (const pair of this.#pairs) setFlowing(pair, true);
  }

  /** New connections pass; those that are silent stay so for good, as behind a firewall that has forgotten them. */
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
   * Ends the connection on which the next request with this text comes: before the server has seen it, or after it has
   * carried it out, so that its answer is lost.
   * @returns when that has happened
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
    const pair: Pair = { client, server, losesAnswer: false };
    this.#pairs.add(pair);
    client.on("data", (chunk) => this.#ask(pair, chunk));
    server.on("data", (chunk) => {
      if (pair.losesAnswer) client.resetAndDestroy();
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

  #ask(pair: Pair, chunk: Buffer): void {
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
      pair.losesAnswer = true;
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
