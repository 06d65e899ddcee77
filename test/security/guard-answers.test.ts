// Responses that the app itself returns from `onMissing`.
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { DRIVE } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";

describe.each(frameworks)("responses of `onMissing` on %s", (_name, startApp) => {
  it("S22 an unsendable one fails its request, without a hang, a crash, or a run of the handler", async () => {
    let runs = 0;
    const spent = new Response("go away", { status: 403 });
    const guard = { scopes: [DRIVE], options: { onMissing: () => spent } };
    await using attack = await startAttack(startApp, {
      routes: [
        { path: "/drive", guard, handle: () => void (runs += 1) },
        { path: "/", handle: () => "here" },
      ],
    });
    expect((await attack.victim.call("/drive")).text).toBe("go away");
    // The same response again, whose body is used. The server may close the connection, but must not hang.
    const again = async () => attack.victim.call("/drive").then(({ status }) => `${status}`, String);
    for (let times = 0; times < 2; times++) expect(await again()).toMatch(/^(403|500|Error: socket hang up)$/);
    expect((await attack.victim.call("/")).status).toBe(200);
    expect(runs).toBe(0);
  });
});
