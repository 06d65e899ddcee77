/**
 * Warns that a change to a session is lost, because the response headers were sent before it. This happens where a
 * handler asks for a token after it has begun the response, and the token had to be refreshed.
 */
export function warnUnsaved(): void {
  process.emitWarning(
    "Scopegate could not save a change to the session, because the response headers had already been sent. " +
      "A token that was refreshed works for this request, but it is not stored. " +
      "Get the token before you begin the response, or keep the session or the grants in a store on the server.",
    { code: "SCOPEGATE_UNSAVED" },
  );
}
