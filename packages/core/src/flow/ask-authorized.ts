import type { HookEvents } from "../options/hooks.ts";
import type { RequestScope } from "./request-scope.ts";
import { renew, requireSession } from "./session.ts";

/** The app's user before and after the hook `authorized`. */
export interface Authorized {
  /** The app's user by the option `userId`, asked after the hook: the owner of the new grant. */
  readonly userId: string | undefined;
  /** Whether the hook changed the user. Then Google decides who the app's user is. */
  readonly isChanged: boolean;
  /**
   * Gives the session to the new user: a new ID, and of the content only the keys that the hook wrote.
   * @throws TypeError if `userId` then gives another answer
   */
  readonly handOver: () => Promise<void>;
}

/**
 * Calls the hook `authorized`, and asks `userId` again. In an app whose only login is Google, the hook finds or creates
 * the app's user, and puts the user's ID into the session.
 * @throws the error of the hook: it refuses the authorization
 */
export async function askAuthorized(
  { context, request }: RequestScope,
  event: HookEvents["authorized"],
): Promise<Authorized> {
  const { options, notify } = context;
  const session = requireSession(request);
  const before = request.userId;
  const endWatch = options.userId === undefined ? undefined : session.watch();
  try {
    await notify.authorized(event);
  } catch (error) {
    endWatch?.();
    // A user who was logged in and then refused must not see the content of the user before.
    if (request.userId !== before) await renew(session, "nothing");
    throw error;
  }
  const written = endWatch?.();
  const { userId } = request;
  return {
    userId,
    isChanged: userId !== before,
    handOver: async () => {
      await renew(session, "nothing");
      for (const [key, value] of written ?? []) session.set(key, value);
      if (request.userId === userId) return;
      throw new TypeError(
        "googleOAuth: `userId` changed its answer when the session was emptied for the user that `on.authorized` logged in. Let the hook write everything into the session that `userId` reads.",
      );
    },
  };
}
