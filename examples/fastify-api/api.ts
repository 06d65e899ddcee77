import { requireScopes } from "@scopegate/fastify";
import type { GoogleAuth } from "@scopegate/fastify";
import type { FastifyPluginAsync } from "fastify";

const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
const CALENDAR = "https://www.googleapis.com/auth/calendar.readonly";

/** Base addresses of the two APIs. */
export interface GoogleApis {
  readonly drive: string;
  readonly calendar: string;
}

export const GOOGLE_APIS: GoogleApis = {
  drive: "https://www.googleapis.com/drive/v3",
  calendar: "https://www.googleapis.com/calendar/v3",
};

const DAY_MS = 86_400_000;
const DAYS = { type: "object", properties: { days: { type: "integer", minimum: 1, maximum: 31, default: 7 } } };

/** The app's own routes. Sign-in asks only for the user's identity. Each feature asks for its own scope. */
export const addApi: FastifyPluginAsync<{ readonly apis: GoogleApis }> = async (app, { apis }) => {
  app.addHook("onRequest", async (_request, reply) => void reply.header("Cache-Control", "no-store"));

  app.get("/me", async ({ googleAuth }) => ({ user: googleAuth.user ?? null }));

  // See https://developers.google.com/drive/api/reference/rest/v3/files/list.
  app.get("/files", { preHandler: requireScopes(DRIVE) }, async ({ googleAuth }) => {
    const query = { pageSize: "10", fields: "files(id,name,mimeType)" };
    return get(googleAuth, `${apis.drive}/files`, query);
  });

  // See https://developers.google.com/calendar/api/v3/reference/events/list.
  app.get<{ Querystring: { days: number } }>(
    "/agenda",
    { preHandler: requireScopes(CALENDAR), schema: { querystring: DAYS } },
    async ({ googleAuth, query }) => {
      const now = Date.now();
      return get(googleAuth, `${apis.calendar}/calendars/primary/events`, {
        timeMin: new Date(now).toISOString(),
        timeMax: new Date(now + query.days * DAY_MS).toISOString(),
        maxResults: "20",
        singleEvents: "true",
        orderBy: "startTime",
      });
    },
  );
};

/** An error response of a Google API. Fastify responds with the status and the headers of this error. */
class ApiError extends Error {
  override readonly name = "ApiError";
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ status, headers }: Response) {
    const isRetryable = status === 429 || status >= 500;
    super(isRetryable ? "Google's API is not available now. Try again later." : "Google's API rejected the request.");
    this.statusCode = isRetryable ? 503 : 502;
    this.headers = isRetryable ? { "Retry-After": headers.get("Retry-After") ?? "10" } : {};
  }
}

async function get(auth: GoogleAuth, url: string, query: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await auth.fetch(`${url}?${new URLSearchParams(query).toString()}`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new ApiError(response);
  return response.json();
}
