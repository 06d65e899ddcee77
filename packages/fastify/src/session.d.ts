import type { SessionHolder } from "@scopegate/core/adapter";
import type { SessionHandle } from "@scopegate/core/adapter";
/**
 * The session on a Fastify request, as core sees it: @fastify/secure-session's, or @fastify/session's, whose methods
 * are express-session's.
 * @param headersSent - whether the response's head has left
 * @returns `undefined` where there is no session on this request
 */
export declare function fastifySession(holder: SessionHolder, headersSent: () => boolean): SessionHandle | undefined;
