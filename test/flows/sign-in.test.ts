import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/frameworks.ts";
import { ADA, CALENDAR, DRIVE, startScenario } from "../harness/scenario.ts";

describe.each(frameworks)("signing in on %s", (_name, startApp) => {
  it("sends a guarded page's visitor to Google and back to that page", async () => {
    await using scenario = await startScenario(startApp);
    const { response, visits } = await scenario.visitor.walk("/drive?folder=7");
    expect(response.body).toEqual({ page: "drive", email: ADA });
    expect(response.request.url).toBe(`${scenario.app.origin}/drive?folder=7`);
    expect(visits).toBe(1);
  });
});
void CALENDAR;
void DRIVE;
