import type { Exchange } from "../http/exchange.ts";
import { type Answer, json } from "../http/responses.ts";
import type { Google } from "../state/google.ts";
import { subjectTokenClaims } from "./subject-token.ts";

/** `GET /workload/subject-token?audience=`: a token as the platform that a workload runs on would give it. */
export function giveSubjectToken(google: Google, { query }: Exchange): Answer {
  const known = google.settings.workloadProviders.find(({ audience }) => audience === query.get("audience"));
  if (!known) return json(404, { error: "unknown_audience" });
  return json(200, { id_token: google.keys.sign(subjectTokenClaims(google, known.audience, {})) });
}
