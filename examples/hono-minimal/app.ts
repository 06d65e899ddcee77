import { randomBytes } from "node:crypto";
import { googleOAuth, scopegateSession } from "@scopegate/hono";
import type { HonoOptions } from "@scopegate/hono";
import { Hono } from "hono";
import { failurePage, filesPage, startPage } from "./pages.ts";

const READ = "https://www.googleapis.com/auth/drive.metadata.readonly";

/** Two pages: one for everybody, one for whoever lets it see the names of their files. */
export function createApp(options: Partial<HonoOptions> = {}, drive = "https://www.googleapis.com/drive/v3"): Hono {
  // In production, a secret of your configuration: a new one at each start ends all sessions.
  const session = scopegateSession({ keys: [process.env["SESSION_KEY"] ?? randomBytes(32)] });
  const google = googleOAuth({ session, pages: { appName: "Files on Hono" }, ...options });

  const app = new Hono();
  app.onError(google.errorHandler);
  app.use(google);
  app.get("/", (c) => c.html(startPage(c.get("googleAuth").user)));
  app.get("/files", google.requireScopes(READ), async (c) => {
    const answer = await c.get("googleAuth").fetch(`${drive}/files?pageSize=20&fields=files(id,name)`);
    if (!answer.ok) return c.html(failurePage(), 502);
    const { files } = (await answer.json()) as { files: { name: string }[] };
    return c.html(filesPage(files.map(({ name }) => name)));
  });
  return app;
}
