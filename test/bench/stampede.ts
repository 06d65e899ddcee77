import { memoryTokenStore } from "@scopegate/core";
import type { Emulator } from "@scopegate/emulator";
import express from "express";
import { startOnExpress } from "../harness/app/express.ts";
import { DRIVE, startScenario } from "../harness/app/scenario.ts";
import type { Aim, Scale, SectionResult } from "./report.ts";
import { createGoogleAuthLibrary } from "./stampede-google-auth-library.ts";

/** Who calls an API on a user's behalf. */
export interface Caller {
  readonly name: string;
  /** As if an hour had passed for this user's access token. */
  expire(sub: string): void;
  /** Calls an API, with the steps of the caller for a live token. @returns the answer's status */
  call(sub: string, url: string): Promise<number>;
}

/** Milliseconds. Google's token endpoint is no faster; on loopback a refresh would be over before another caller met it. */
const TOKEN_DELAY = 50;
/** Milliseconds over which the API's 401s come in. */
const SPREAD = 200;

interface Outcome {
  readonly tokenRequests: number;
  readonly failures: number;
}

/** What happens to all callers alike: which users call, and what comes before. */
interface Situation {
  readonly title: string;
  readonly calls: readonly string[];
  prepare(caller: Caller): void;
  /** Token requests if each grant is refreshed once. */
  readonly best: number;
}

/** How many token requests it takes when many need a new access token at once. */
export async function benchStampede({ quick }: Scale): Promise<SectionResult> {
  const { size, runs } = quick ? { size: 20, runs: 1 } : { size: 200, runs: 5 };
  const users = Array.from({ length: size }, (_, index) => ({
    sub: String(2e20 + index * 1e6),
    email: `user-${index}@example.com`,
    name: `User ${index}`,
  }));
  await using scenario = await startScenario(startOnExpress(express), {
    emulator: { users },
    options: { store: memoryTokenStore() },
  });
  const { app, google } = scenario;
  for (const { email } of users) await scenario.anotherVisitor().walk("/drive", { user: email });

  const ours: Caller = {
    name: "Scopegate",
    expire: () => google.clock.advance(3_600_000),
    call: async (sub, url) => (await app.google.forUser(sub).fetch(url)).status,
  };
  const redirectUri = `${app.origin}/oauth2callback`;
  const theirs = await createGoogleAuthLibrary(google, { redirectUri, scope: DRIVE, users });
  const situations = situationsOf(google, users);

  const results = new Map<Caller, Outcome[][]>();
  for (const caller of [ours, ...theirs]) {
    const outcomes: Outcome[][] = [];
    for (const situation of situations) {
      const repeated: Outcome[] = [];
      for (let run = 0; run < runs; run++) repeated.push(await stampede(google, caller, situation));
      outcomes.push(repeated);
    }
    results.set(caller, outcomes);
  }
  return report(situations, results, runs);
}

function situationsOf(google: Emulator, users: readonly { readonly sub: string }[]): Situation[] {
  const [{ sub }] = users as [{ readonly sub: string }];
  const size = users.length;
  return [
    {
      title: `${size} calls at once, one user, token expired`,
      calls: users.map(() => sub),
      prepare: (caller) => caller.expire(sub),
      best: 1,
    },
    {
      title: `${size} calls at once, ${size} users, tokens expired`,
      calls: users.map((user) => user.sub),
      prepare: (caller) => users.forEach((user) => caller.expire(user.sub)),
      best: size,
    },
    {
      title: `${size} calls at once, one user, token refused: 401s spread over ${SPREAD} ms`,
      calls: users.map(() => sub),
      prepare: () => {
        google.expireAccessTokens(sub);
        for (let index = 0; index < size; index++) {
          google.faults.add({ endpoint: "drive", delay: Math.round((index / size) * SPREAD) });
        }
      },
      best: 1,
    },
  ];
}

async function stampede(google: Emulator, caller: Caller, { calls, prepare }: Situation): Promise<Outcome> {
  // All begin with a live token, independent of the run before.
  for (const sub of new Set(calls)) await caller.call(sub, `${google.apis.drive}/files`).catch(() => undefined);
  prepare(caller);
  google.faults.add({ endpoint: "token", times: Infinity, delay: TOKEN_DELAY });
  google.requests.clear();
  const statuses = await Promise.all(calls.map((sub) => caller.call(sub, `${google.apis.drive}/files`).catch(() => 0)));
  google.faults.clear();
  return {
    tokenRequests: google.requests.of("token").length,
    failures: statuses.filter((status) => status !== 200).length,
  };
}

function report(
  situations: readonly Situation[],
  results: ReadonlyMap<Caller, readonly (readonly Outcome[])[]>,
  runs: number,
): SectionResult {
  const [[, ours]] = results as unknown as [[Caller, Outcome[][]]];
  const range = (values: readonly number[]) => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least === most ? String(least) : `${least}–${most}`;
  };
  const aims = situations.map(({ title, best }, index): Aim => {
    const outcomes = ours[index]!;
    const met = outcomes.every(({ tokenRequests, failures }) => tokenRequests === best && failures === 0);
    return {
      aim: `${title}: exactly 1 token request a grant, no failure`,
      found: `${range(outcomes.map((outcome) => outcome.tokenRequests))} for ${best}`,
      verdict: met ? "met" : "not met",
    };
  });
  return {
    title: "Stampede",
    notes: [
      `Against the emulator, whose token endpoint takes ${TOKEN_DELAY} ms. ${runs} run(s) each: the least and the most.`,
      "Ours: `google.forUser(user).fetch(url)`. google-auth-library: `OAuth2Client.request()` with `forceRefreshOnFailure`, without which it gives up at a 401 while it believes its token alive; once with one client kept for each user, once with a client made for each call from the stored tokens.",
    ],
    tables: [
      {
        head: ["situation", "who", "token requests", "at best", "failed calls"],
        rows: situations.flatMap(({ title, best }, index) =>
          [...results].map(([{ name }, outcomes]) => [
            title,
            name,
            range(outcomes[index]!.map((outcome) => outcome.tokenRequests)),
            String(best),
            range(outcomes[index]!.map((outcome) => outcome.failures)),
          ]),
        ),
      },
    ],
    aims,
    measurements: Object.fromEntries([...results].map(([{ name }, outcomes]) => [name, outcomes])),
  };
}
