import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that listens. It responds once `serve()` has given it a listener. */
export interface ListeningServer {
  /** Host and port, as in a URL. */
  readonly host: string;
  serve(listener: RequestListener): void;
  /** Stops listening and closes every connection. */
  stop(): Promise<void>;
}

/** @throws the error of Node's `listen()`, for example if the port is in use. */
export async function listen({ port, host }: { port: number; host: string }): Promise<ListeningServer> {
  const server = createServer();
  server.listen(port, host);
  await once(server, "listening");
  return {
    host: `${host === "::1" ? "[::1]" : host}:${(server.address() as AddressInfo).port}`,
    serve: (listener) => void server.on("request", listener),
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
