import { memoryTokenStore } from "@scopegate/core";
import type { TokenStore } from "@scopegate/core";
import { googleOAuth, requireScopes } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { ADA, CLIENT, DRIVE, ROUTES } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";
import type { RawResponse } from "../harness/security/browser.ts";
import { expressVersions, startExpress } from "../harness/security/express.ts";
import type { StoreFailure } from "../harness/security/express.ts";

const HOUR = 3600_000;

function expectUnavailable({ status, headers, location }: RawResponse, what?: string): void {
  expect([status, location], what).toEqual([503, ""]);
  expect(headers["retry-after"], what).toMatch(/^[1-9]\d*$/);
}

/** A token store. The methods in `failing` fail. */
function failingTokenStore() {
  const failing = new Set<keyof TokenStore>();
  let atOnce = false;
  const store = new Proxy(memoryTokenStore(), {
    get(target, name: keyof TokenStore) {
      const value = target[name] as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (!failing.has(name)) return (value as (...all: unknown[]) => unknown).apply(target, args);
        const error = new Error("the token store is down");
        if (atOnce) throw error;
        return Promise.reject(error);
      };
    },
  });
  return {
    store,
    break(names: readonly (keyof TokenStore)[], throws: boolean) {
      failing.clear();
      for (const name of names) failing.add(name);
      atOnce = throws;
    },
  };
}

/** The methods that a guard of this kind, or a callback, needs. */
const EVERYTHING = ["get", "put", "delete", "list", "exclusively", "signedOutAt"] as const;

describe.each(frameworks)("failures below the guard on %s", (_name, startApp) => {
  it.each([
    ["rejects", false],
    ["throws", true],
  ])(
    "S22 a token store that %s keeps the handler from running, and everything works after it has recovered",
    async (_how, throws) => {
      let runs = 0;
      const tokens = failingTokenStore();
      await using attack = await startAttack(startApp, {
        options: { store: tokens.store },
        errorHandler: true,
        routes: [...ROUTES, { path: "/traced", guard: { scopes: [DRIVE] }, handle: () => void (runs += 1) }],
      });
      const { victim } = attack;
      await attack.signIn(victim, "/drive");
      const { sessions } = attack.effects();
      for (const names of [EVERYTHING, ["get"], ["signedOutAt"]] as const) {
        tokens.break(names, throws);
        expectUnavailable(await victim.open("/traced"), `${names.join()} on a page`);
        expectUnavailable(await victim.call("/traced"), `${names.join()} in a call`);
      }
      expect(runs).toBe(0);
      expect(attack.effects().sessions).toEqual(sessions);
      tokens.break([], throws);
      expect((await victim.open("/traced")).status).toBe(200);
      expect(runs).toBe(1);
    },
  );

  it.each([
    ["rejects", false],
    ["throws", true],
  ])(
    "S22 a token store that %s at a refresh causes a typed 503, and the grant stays unchanged",
    async (_how, throws) => {
      const tokens = failingTokenStore();
      await using attack = await startAttack(startApp, { options: { store: tokens.store }, errorHandler: true });
      const { victim, google } = attack;
      await attack.signIn(victim, "/drive");
      google.clock.advance(HOUR);
      for (const names of [EVERYTHING, ["exclusively"], ["put"]] as const) {
        tokens.break(names, throws);
        const answer = await victim.call("/token");
        expectUnavailable(answer, names.join());
        expect(answer.json).toEqual({ error: "store_unavailable" });
      }
      tokens.break([], throws);
      expect((await victim.call("/token")).json["token"]).toMatch(/^ya29\./);
    },
  );

  it.each([
    ["rejects", false],
    ["throws", true],
  ])("S22 a token store that %s during the callback fails the sign-in", async (_how, throws) => {
    const tokens = failingTokenStore();
    await using attack = await startAttack(startApp, { options: { store: tokens.store } });
    const { victim } = attack;
    for (const names of [EVERYTHING, ["put"], ["get"]] as const) {
      const { callback } = await attack.begin(victim, "/drive");
      tokens.break(names, throws);
      expectUnavailable(await victim.open(callback.href), names.join());
      expect(JSON.stringify(attack.effects().sessions)).not.toContain(ADA);
      tokens.break([], throws);
      expect((await victim.call("/drive")).status).toBe(401);
    }
    await attack.signIn(victim, "/authorize?prompt=consent");
    expect((await victim.call("/me")).json["email"]).toBe(ADA);
  });

  it("S22 a callback fails if the signing keys cannot be fetched, and the next attempt works", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google, effects } = attack;
    const { callback } = await attack.begin(victim, "/drive");
    const outage = google.faults.add({ endpoint: "jwks", status: 500, times: Infinity });
    expectUnavailable(await victim.open(callback.href));
    expect(outage.hits).toBeGreaterThan(0);
    expect(effects()).toEqual({ tokenRequests: 1, sessions: {} });
    expect((await victim.call("/drive")).status).toBe(401);
    google.faults.clear();
    await attack.signIn(victim, "/drive");
    expect((await victim.call("/drive")).status).toBe(200);
  });

  it("S22 a callback fails if the token endpoint is down", async () => {
    await using attack = await startAttack(startApp);
    const { victim, google, effects } = attack;
    const { callback } = await attack.begin(victim, "/drive");
    google.faults.add({ endpoint: "token", status: 503, headers: { "Retry-After": "7" }, times: Infinity });
    const answer = await victim.open(callback.href);
    expectUnavailable(answer);
    expect(answer.headers["retry-after"]).toBe("7");
    expect(effects().sessions).toEqual({});
  });

  it("S22 an app without a session responds to every guard and callback with 503, and sends Google no request", async () => {
    let runs = 0;
    await using attack = await startAttack(startApp, {
      session: "none",
      errorHandler: true,
      routes: [{ path: "/traced", guard: { signIn: true }, handle: () => void (runs += 1) }],
    });
    expectUnavailable(await attack.victim.open("/traced"));
    expectUnavailable(await attack.victim.call("/traced"));
    expectUnavailable(await attack.victim.open("/authorize"));
    expect(runs).toBe(0);
    expect(attack.effects().tokenRequests).toBe(0);
  });
});

describe.each(expressVersions)("a failing session store on %s", (_name, express) => {
  async function startOn() {
    const ran = { count: 0 };
    const attack = await startExpress(express, (app, { origin, google }) => {
      const redirectUri = `${origin}/oauth2callback`;
      google.addClient({ ...CLIENT, redirectUris: [redirectUri] });
      const scopegate = googleOAuth({ client: CLIENT, redirectUri, endpoints: google.endpoints });
      app.use(scopegate);
      app.get("/drive", requireScopes(DRIVE), (_req, res) => void res.end(String((ran.count += 1))));
      app.use(scopegate.errorHandler);
    });
    const user = attack.newBrowser();
    const begin = async () => attack.google.approve((await user.open("/drive?x=1")).location);
    return { attack, ran, user, begin };
  }

  it("S22 that cannot be read keeps the handler from running", async () => {
    const { attack, ran, user, begin } = await startOn();
    await using _ = attack;
    expect((await user.open(await begin())).status).toBe(302);
    expect((await user.open("/drive")).status).toBe(200);
    ran.count = 0;
    for (const failure of ["connection", "get", "get at once"] satisfies StoreFailure[]) {
      attack.store.break(failure);
      const answer = await user.open("/drive");
      // Only a request without a session reaches the guard. If the read fails, express-session itself ends the request
      // with the store's error.
      if (failure === "connection") expectUnavailable(answer);
      else expect([answer.status, answer.text], failure).toEqual([500, "refused"]);
    }
    expect(ran.count).toBe(0);
    attack.store.break();
    expect((await user.open("/drive")).text).toBe("1");
  });

  // "set at once" is not tested: if `set` throws, express-session itself never ends the response.
  it.each(["set", "destroy", "destroy at once", "connection"] satisfies StoreFailure[])(
    "S22 that fails by `%s` during the callback fails the sign-in",
    async (failure) => {
      const { attack, ran, user, begin } = await startOn();
      await using _ = attack;
      const callback = await begin();
      attack.store.break(failure);
      expectUnavailable(await user.open(callback), failure);
      expect(JSON.stringify(attack.store.content)).not.toContain(ADA);
      const tokenRequests = attack.google.requests.of("token").length;
      if (failure === "connection") expect(tokenRequests).toBe(0);
      attack.store.break();
      expect((await user.open("/drive")).status).toBe(302);
      expect(ran.count).toBe(0);
    },
  );
});
