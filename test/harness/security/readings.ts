import type { Scenario } from "../app/scenario.ts";

/** A text, and whatever it may hold in base64. */
export function readings(text: string): string {
  const decoded = text.match(/[A-Za-z0-9_+/-]{16,}/g)?.map((part) => Buffer.from(part, "base64url").toString("latin1"));
  return [text, ...(decoded ?? [])].join("\n");
}

/** The tokens of Google's answers from now on. */
export function collectTokens({ google }: Scenario): string[] {
  const tokens: string[] = [];
  google.faults.add({
    endpoint: "token",
    times: Infinity,
    transform: (answer: Record<string, unknown>) => {
      const values = [answer["access_token"], answer["refresh_token"], answer["id_token"]];
      tokens.push(...values.filter((value) => typeof value === "string"));
    },
  });
  return tokens;
}
