import { randomBytes } from "node:crypto";
import { googleOAuth, scopegateSession } from "@scopegate/hono";
import type { HonoOptions } from "@scopegate/hono";
import { Hono } from "hono";
import { failurePage, filesPage, startPage } from "./pages.ts";

const READ = "https://www.googleapis.com/auth/drive.metadata.readonly";

/** An app with two pages. The start page is public. The other one shows the names of the user's files. */
export function createApp(options: Partial<HonoOptions> = {}, drive = "https://www.googleapis.com/drive/v3"): Hono {
  // In production, set SESSION_KEY to a fixed secret. A random key ends all sessions at each restart.
  const session = scopegateSession({ keys: [process.env["SESSION_KEY"] ?? randomBytes(32)] });
  const google = googleOAuth({ session, pages: { appName: "Files on Hono" }, ...options });

  const app = new Hono();
  app.onError(google.errorHandler);
  app.use(google);
  app.get("/", (c) => c.html(startPage(c.get("googleAuth").user)));
  app.get("/files", google.requireScopes(READ), async (c) => {
    const response = await c.get("googleAuth").fetch(`${drive}/files?pageSize=20&fields=files(id,name)`);
    if (!response.ok) return c.html(failurePage(), 502);
    const { files } = (await response.json()) as { files: { name: string }[] };
    return c.html(filesPage(files.map(({ name }) => name)));
  });
  return app;
}
