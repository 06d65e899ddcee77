import { AuthError } from "../errors/auth-error.ts";
import type { SessionHandle } from "../http/session-handle.ts";
import { emptyInPlace, HolderHandle } from "./session-holder.ts";
import type { SessionHolder } from "./session-holder.ts";
import { warnUnsaved } from "./unsaved-warning.ts";

/** Bytes of a cookie's value that fit: browsers keep 4096 bytes of name, value and attributes (RFC 6265 section 6.1). */
const MAX_COOKIE = 4000;

/** Stays in an emptied session if the middleware would otherwise not send it. */
const EMPTIED = "scopegate:emptied";

/** The handle of a session that lives in its cookie, as cookie-session makes it. It has no ID and no method to save it. */
export class CookieHandle extends HolderHandle implements SessionHandle {
  protected readonly headersSent: () => boolean;

  /** @param headersSent - whether the response headers were sent */
  constructor(holder: SessionHolder, headersSent: () => boolean) {
    super(holder);
    this.headersSent = headersSent;
  }

  get capabilities() {
    return { storage: "cookie", renewable: false } as const;
  }

  async regenerate(keep: "all" | "nothing"): Promise<void> {
    if (keep === "all") return;
    emptyInPlace(this.content);
    // If the app has replaced the session on this request, cookie-session takes it for the session of a new visitor, and
    // sends no cookie for it while it is empty. The browser would keep the old cookie, and the sign-in in it.
    if (this.content["isNew"] === true) this.content[EMPTIED] = true;
  }

  async save(): Promise<void> {
    if (this.size > MAX_COOKIE) {
      throw new AuthError("session_unavailable", {
        detail:
          `the session cookie would have ${this.size} bytes, and browsers drop cookies of more than 4096 bytes: ` +
          "keep sessions on the server, or give googleOAuth a `store` for the grants",
      });
    }
    if (this.headersSent()) warnUnsaved();
  }

  /** The length of the cookie's value: JSON in base64. */
  protected get size(): number {
    return Math.ceil(Buffer.byteLength(JSON.stringify(this.content)) / 3) * 4;
  }
}
