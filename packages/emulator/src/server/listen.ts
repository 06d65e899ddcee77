import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that listens, and answers nothing before it is told how. */
export interface ListeningServer {
  /** Host and port, as a URL has them. */
  readonly host: string;
  answerWith(listener: RequestListener): void;
  /** Stops listening and cuts every connection. */
  stop(): Promise<void>;
}

/** @throws the error of `listen()` where the port is taken. */
export async function listen({ port, host }: { port: number; host: string }): Promise<ListeningServer> {
  const server = createServer();
  server.listen(port, host);
  await once(server, "listening");
  return {
    host: `${host === "::1" ? "[::1]" : host}:${(server.address() as AddressInfo).port}`,
    answerWith: (listener) => void server.on("request", listener),
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
