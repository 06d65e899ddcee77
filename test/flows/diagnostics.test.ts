import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CALENDAR, DRIVE, startScenario } from "../harness/app/scenario.ts";

const NAMES = ["authorize", "callback", "refresh", "revoke", "guard"];

describe.each(frameworks)("diagnostics channels on %s", (_name, startApp) => {
  let messages: Record<string, unknown>[];
  const listener = (message: unknown, channel: string | symbol) => {
    messages.push({ channel: String(channel).replace("scopegate:", ""), ...(message as object) });
  };
  beforeEach(() => {
    messages = [];
    for (const name of NAMES) subscribe(`scopegate:${name}`, listener);
  });
  afterEach(() => {
    for (const name of NAMES) unsubscribe(`scopegate:${name}`, listener);
  });

  it("publish the result and duration of each operation, without a user or a token", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor } = scenario;
    const duration = expect.any(Number);
    const instance = "googleAuth";

    await visitor.walk("/drive");
    const scopes = ["openid", "email", "profile", DRIVE];
    expect(messages).toEqual([
      { channel: "guard", instance, outcome: "sign_in_required", missing: [DRIVE] },
      { channel: "authorize", instance, outcome: "ok", scopes, incremental: false, consentRetry: false },
      { channel: "callback", instance, outcome: "ok", duration },
      { channel: "guard", instance, outcome: "ok", missing: [] },
    ]);

    messages = [];
    await visitor.call("/calendar");
    google.clock.advance(3600_000);
    await visitor.call("/token");
    await visitor.post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" });
    await visitor.open("/oauth2callback?state=forged&code=x");
    expect(messages).toEqual([
      { channel: "guard", instance, outcome: "insufficient_scope", missing: [CALENDAR] },
      { channel: "refresh", instance, outcome: "ok", duration },
      { channel: "revoke", instance, outcome: "ok", duration },
      { channel: "callback", instance, outcome: "invalid_callback", duration },
    ]);

    messages = [];
    await visitor.walk("/drive", { deny: true });
    expect(messages.at(-1)).toEqual({ channel: "callback", instance, outcome: "access_denied", duration });
    expect(JSON.stringify(messages)).not.toContain(ADA);
  });
});
