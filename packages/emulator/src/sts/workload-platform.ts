import type { Exchange } from "../http/exchange.ts";
import { type HttpResponse, json } from "../http/responses.ts";
import type { Google } from "../state/google.ts";
import { subjectTokenClaims } from "./subject-token.ts";

/** `GET /workload/subject-token?audience=`: the token that the platform of a workload would issue. */
export function giveSubjectToken(google: Google, { query }: Exchange): HttpResponse {
  const known = google.settings.workloadProviders.find(({ audience }) => audience === query.get("audience"));
  if (!known) return json(404, { error: "unknown_audience" });
  return json(200, { id_token: google.keys.sign(subjectTokenClaims(google, known.audience, {})) });
}
