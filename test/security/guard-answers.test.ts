// What is done with an answer of the app's own, where a guard asks it.
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { DRIVE } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";

describe.each(frameworks)("answers of `onMissing` on %s", (_name, startApp) => {
  it("S22 one that cannot be sent is an error of that request: no hang, no end of the process, no handler", async () => {
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
    // The same answer again: its body is gone. A server may cut the connection then, and must not keep it waiting.
    const again = async () => attack.victim.call("/drive").then(({ status }) => `${status}`, String);
    for (let times = 0; times < 2; times++) expect(await again()).toMatch(/^(403|500|Error: socket hang up)$/);
    expect((await attack.victim.call("/")).status).toBe(200);
    expect(runs).toBe(0);
  });
});
