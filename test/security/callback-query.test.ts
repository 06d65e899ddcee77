import { googleOAuth } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { CLIENT } from "../harness/app/scenario.ts";
import type { Attack, Effects, Pending } from "../harness/security/attack.ts";
import { startAttack } from "../harness/security/attack.ts";
import { expressVersions, startExpress } from "../harness/security/express.ts";

/** Turns the parameters of an honest callback into the query of an attack, without its `?`. */
type Forge = (pending: Pending, issuer: string) => string;

const LONG = "x".repeat(9000);

const MALFORMED: Record<string, Forge> = {
  "an empty state": ({ code }) => `state=&code=${code}`,
  "an array of states": ({ state, code }) => `state[]=${state}&code=${code}`,
  "a state in an object": ({ state, code }) => `state[a]=${state}&code=${code}`,
  "the state twice": ({ state, code }) => `state=${state}&state=${state}&code=${code}`,
  "another state behind the right one": ({ state, code }) => `state=${state}&code=${code}&state=${"A".repeat(43)}`,
  "a state with something behind it": ({ state, code }) => `state=${state}%00&code=${code}`,
  "a state with a space around it": ({ state, code }) => `state=+${state}&code=${code}`,
  "a state in upper case": ({ state, code }) => `STATE=${state}&code=${code}`,
  "a long state": ({ code }) => `state=${LONG}&code=${code}`,
  "a state that is a property's name": ({ code }) => `state=__proto__&code=${code}`,
  "an empty code": ({ state }) => `state=${state}&code=`,
  "no code": ({ state }) => `state=${state}`,
  "an array of codes": ({ state, code }) => `state=${state}&code[]=${code}`,
  "the code twice": ({ state, code }) => `state=${state}&code=${code}&code=${code}`,
  "another code before the right one": ({ state, code }) => `code=stolen&state=${state}&code=${code}`,
  "a long code": ({ state }) => `state=${state}&code=${LONG}`,
  "an issuer twice": ({ state, code }, issuer) => `state=${state}&code=${code}&iss=${issuer}&iss=${issuer}`,
  "a long issuer": ({ state, code }) => `state=${state}&code=${code}&iss=${LONG}`,
  "an empty issuer": ({ state, code }) => `state=${state}&code=${code}&iss=`,
  "broken percent-encoding": ({ code }) => `state=%E0%A4%A&code=${code}%`,
  "an error twice": ({ state }) => `state=${state}&error=access_denied&error=server_error`,
  "parameters behind a semicolon": ({ state, code }) => `state=${state};code=${code}`,
};

const WRONG_ISSUERS: Record<string, (issuer: string) => string> = {
  "another issuer": () => "iss=https%3A%2F%2Fevil.example",
  "the issuer with a slash": (issuer) => `iss=${issuer}/`,
  "the issuer in upper case": (issuer) => `iss=${issuer.toUpperCase()}`,
  "the issuer without its scheme": (issuer) => `iss=${issuer.replace("http://", "")}`,
  "Google's own, where another one is configured": () => "iss=https%3A%2F%2Faccounts.google.com",
  "the right one twice": (issuer) => `iss=${issuer}&iss=${issuer}`,
  "a wrong one before the right one": (issuer) => `iss=https://evil.example&iss=${issuer}`,
  "a wrong one behind the right one": (issuer) => `iss=${issuer}&iss=https://evil.example`,
};

/** Sends the query to the callback, and expects no effect: the honest callback still completes. */
async function expectRefused(attack: Attack, pending: Pending, query: string): Promise<void> {
  const before = attack.effects();
  const answer = await attack.victim.open(`/oauth2callback?${query}`);
  expect([answer.status, answer.location]).toEqual([400, ""]);
  await expectNothingHappened(attack, pending, before);
}

async function expectNothingHappened(attack: Attack, pending: Pending, before: Effects): Promise<void> {
  expect(attack.effects()).toEqual(before);
  expect((await attack.victim.open(pending.callback.href)).location).toBe("/drive");
  expect(attack.effects().tokenRequests).toBe(before.tokenRequests + 1);
}

async function expectAllRefused(attack: Attack, cases: Record<string, Forge>): Promise<void> {
  await attack.signIn();
  for (const [name, forge] of Object.entries(cases)) {
    const pending = await attack.begin(attack.victim, "/authorize?return_to=/drive");
    await expectRefused(attack, pending, forge(pending, attack.google.issuer)).catch((error: unknown) => {
      throw new Error(name, { cause: error });
    });
  }
}

describe.each(frameworks)("the callback's query on %s", (_name, startApp) => {
  it("S05 an empty, repeated, nested or long state, code or issuer is refused without an effect", async () => {
    await using attack = await startAttack(startApp);
    await expectAllRefused(attack, MALFORMED);
  });

  it("S05 a query of a hundred kilobytes causes no token request, and the app still responds", async () => {
    await using attack = await startAttack(startApp);
    await attack.signIn();
    const huge = "x".repeat(100_000);
    for (const forge of [
      ({ code }: Pending) => `state=${huge}&code=${code}`,
      ({ state }: Pending) => `state=${state}&code=${huge}`,
      ({ state, code }: Pending) => `state=${state}&code=${code}&iss=${huge}`,
      ({ state, code }: Pending) => `state=${state}&code=${code}&unknown=${huge}`,
    ]) {
      const pending = await attack.begin(attack.victim, "/authorize?return_to=/drive");
      const before = attack.effects();
      // Unless the app has raised its limit of 16 KB, Node.js responds with 431, or closes the connection.
      const status = await attack.victim.open(`/oauth2callback?${forge(pending)}`).then(
        (answer) => answer.status,
        (error: NodeJS.ErrnoException) => error.code,
      );
      expect([400, 414, 431, "ECONNRESET", "EPIPE"]).toContain(status);
      await expectNothingHappened(attack, pending, before);
    }
  });

  it("S05 a callback with a thousand parameters is refused without an effect", async () => {
    await using attack = await startAttack(startApp);
    await attack.signIn();
    const pending = await attack.begin(attack.victim, "/authorize?return_to=/drive");
    await expectRefused(attack, pending, `${"state=x&".repeat(1000)}code=${pending.code}`);
  });

  it("S06 a forged error with a wrong state or without one is refused, and the pending attempt stays", async () => {
    await using attack = await startAttack(startApp);
    await expectAllRefused(attack, {
      "no state": () => "error=access_denied",
      "an empty state": () => "error=access_denied&state=",
      "a state of the right form": () => `error=access_denied&state=${"A".repeat(43)}`,
      "the state cut short": ({ state }) => `error=access_denied&state=${state.slice(0, -1)}`,
      "the wrong issuer": ({ state }) => `error=access_denied&state=${state}&iss=https://evil.example`,
      "a description": () => "error=server_error&error_description=x&error_uri=https://evil.example",
    });
  });

  it("S06 a forged error does not block a feature for a signed-in user", async () => {
    await using attack = await startAttack(startApp);
    const { victim } = attack;
    await attack.signIn();
    await attack.begin(victim, "/drive");
    await victim.open("/oauth2callback?error=access_denied");
    await victim.open(`/oauth2callback?error=access_denied&state=${"A".repeat(43)}`);
    // A real denial would be remembered, and the app would show a page instead of asking again.
    expect((await victim.open("/drive")).status).toBe(302);
  });

  it("S07 code together with error is refused, in either order", async () => {
    await using attack = await startAttack(startApp);
    await expectAllRefused(attack, {
      "code, then error": ({ state, code }) => `state=${state}&code=${code}&error=access_denied`,
      "error, then code": ({ state, code }) => `error=access_denied&state=${state}&code=${code}`,
      "an empty error": ({ state, code }) => `state=${state}&code=${code}&error=`,
      "an empty code": ({ state }) => `state=${state}&code=&error=access_denied`,
    });
  });

  it("S08 an issuer that is wrong, ends with a slash or appears twice is refused before a token request", async () => {
    await using attack = await startAttack(startApp);
    await expectAllRefused(
      attack,
      Object.fromEntries(
        Object.entries(WRONG_ISSUERS).map(([name, iss]): [string, Forge] => [
          name,
          ({ state, code }, issuer) => `state=${state}&code=${code}&${iss(issuer)}`,
        ]),
      ),
    );
  });

  it("S08 a callback with the issuer completes, and so does one without it", async () => {
    for (const iss of [true, false]) {
      await using attack = await startAttack(startApp, { emulator: { callbackExtras: { iss } } });
      const { callback } = await attack.begin();
      expect(callback.searchParams.has("iss")).toBe(iss);
      expect((await attack.victim.open(callback.href)).location).toBe("/");
      expect((await attack.victim.call("/me")).json["email"]).toBe("ada@example.com");
    }
  });
});

describe.each(expressVersions)("a callback's query of any length on %s", (_name, express) => {
  it("S05 a query of a hundred kilobytes is refused by the app if Node.js accepts it", async () => {
    await using attack = await startExpress(
      express,
      (app, { origin, google }) => {
        const redirectUri = `${origin}/oauth2callback`;
        google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
        app.use(googleOAuth({ client: CLIENT, redirectUri, endpoints: google.endpoints }));
      },
      { maxHeaderSize: 1_000_000 },
    );
    const victim = attack.newBrowser();
    const callback = new URL(await attack.google.approve((await victim.open("/authorize")).location));
    const huge = "x".repeat(100_000);
    for (const name of ["state", "code", "iss", "unknown"]) {
      const forged = new URL(callback);
      forged.searchParams.set(name, huge);
      const answer = await victim.open(forged.pathname + forged.search);
      expect([answer.status, answer.location], name).toEqual([400, ""]);
      expect(answer.text.length, name).toBeLessThan(huge.length);
      expect(attack.google.requests.of("token"), name).toEqual([]);
    }
    expect((await victim.open(callback.href)).location).toBe("/");
  });
});
