import type { ScopegateSession } from "@scopegate/core";

/** The cookie of a session of our own that holds this. */
export async function makeOwnCookie(own: ScopegateSession, content: Readonly<Record<string, unknown>>) {
  let cookie = "";
  const handle = own.of(
    {
      method: "GET",
      url: "/",
      mountPath: "",
      header: () => undefined,
      session: undefined,
      userId: undefined,
      raw: {},
      body: async () => "",
      appendHeader: (_name, line) => (cookie = line.split(";", 1)[0]!),
      headersSent: false,
    },
    false,
  )!;
  for (const [key, value] of Object.entries(content)) handle.set(key, value);
  await handle.save();
  return cookie;
}
