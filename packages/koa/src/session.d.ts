import type { SessionHolder } from "@scopegate/core/adapter";
import type { SessionHandle } from "@scopegate/core/adapter";
/**
 * The session on a Koa context, as core sees it: koa-session's, whose methods are the same wherever it keeps its
 * content, or that of other middleware.
 * @param headersSent - whether the response's head has left
 * @returns `undefined` where there is no session on this context
 */
export declare function koaSession(holder: SessionHolder, headersSent: () => boolean): SessionHandle | undefined;
