import type { Scenario } from "../app/scenario.ts";

/** A text, and the decoded base64 in it. */
export function readings(text: string): string {
  const decoded = text.match(/[A-Za-z0-9_+/-]{16,}/g)?.map((part) => Buffer.from(part, "base64url").toString("latin1"));
  return [text, ...(decoded ?? [])].join("\n");
}

/** The tokens in Google's responses from now on. */
export function collectTokens({ google }: Scenario): string[] {
  const tokens: string[] = [];
  google.faults.add({
    endpoint: "token",
    times: Infinity,
    transform: (body: Record<string, unknown>) => {
      const values = [body["access_token"], body["refresh_token"], body["id_token"]];
      tokens.push(...values.filter((value) => typeof value === "string"));
    },
  });
  return tokens;
}
