// A process that is killed while it refreshes a grant: at each step that a refresh has.
import { Pool } from "pg";
import { expect, it } from "vitest";
import type { AppProcess } from "../../harness/stores/app-process.ts";
import { keyOf } from "../../harness/stores/deployment.ts";
import { SERVERS } from "../../harness/stores/servers.ts";
import { onEveryStore } from "../../harness/stores/suite.ts";
import type { Suite } from "../../harness/stores/suite.ts";

const HOUR = 3600_000;
const REFRESH = "grant_type=refresh_token";
const LEASE_MS = 1_000;
/** What a machine that has much else to do may add to the time of a lease, in milliseconds. */
const SLACK_MS = 6_000;

/** A step that a process is to be killed at. */
interface Armed {
  /** Resolves once the process is there. */
  readonly isThere: Promise<unknown>;
  /** Lets those go on who were stopped with it. */
  afterwards?(): Promise<unknown>;
}
type Arm = (suite: Suite, victim: AppProcess) => Promise<Armed>;

const holdGoogle =
  (stage: "asked" | "answered" | "begun"): Arm =>
  async ({ deployment }) => ({ isThere: deployment.tokenEndpoint.hold(stage, REFRESH).arrived });
const stopAt =
  (step: Parameters<AppProcess["stopAt"]>[0]): Arm =>
  async (_, victim) => ({ isThere: (await victim.stopAt(step)).stopped });

/** Each step, how to stop there, and what the store then has: the grant from before, or a new one. */
const STEPS: readonly (readonly [step: string, arm: Arm, left: "old" | "new"])[] = [
  ["with the lease, before it asks Google", stopAt("with the lease"), "old"],
  ["while its request is on the way", holdGoogle("asked"), "old"],
  ["when Google has answered and nothing of it has come", holdGoogle("answered"), "old"],
  ["in the middle of Google's answer", holdGoogle("begun"), "old"],
  ["before it writes", stopAt("before the write"), "old"],
  ["after it has written, with the lease still its own", stopAt("after the write"), "new"],
];

onEveryStore("a process killed while it refreshes", { count: 2, leaseMs: LEASE_MS, users: 8 }, (suite, kind) => {
  const steps: typeof STEPS =
    kind === "PostgreSQL"
      ? [...STEPS, ["while the server carries its write out", lockRow, "new"]]
      : [...STEPS, ["in the middle of its write", stopAt("in the middle of the write"), "old"]];

  it.each(steps)("S37 %s, leaves a whole grant, and the others go on", async (_, arm, left) => {
    const { deployment, nextUser } = suite();
    const { google, processes, store } = deployment;
    const user = nextUser();
    const key = keyOf(user);
    const browser = await deployment.signIn(user);
    const before = (await store.get(key))!;
    const victim = await deployment.start();
    await deployment.advance(HOUR);
    google.requests.clear();

    const { isThere, afterwards } = await arm(suite(), victim);
    const dying = victim.browser(browser).call("/token");
    dying.catch(() => undefined);
    await isThere;
    await victim.kill();
    const killed = performance.now();
    await expect(dying).rejects.toThrow(/socket hang up|ECONNRESET/);
    await afterwards?.();
    if (left === "old") expect(await store.get(key)).toEqual(before);
    else await expect.poll(() => store.get(key), { timeout: SLACK_MS }).not.toEqual(before);

    const asked = deployment.tokenRequests("refresh_token").length;
    const answers = await Promise.all(
      [0, 1, 0, 1].map((process) => processes[process]!.browser(browser).call("/token")),
    );
    expect(performance.now() - killed).toBeLessThan(LEASE_MS + SLACK_MS);
    const { json } = answers[0]!;
    expect(await deployment.whose(json["token"])).toBe(user.sub);
    for (const answer of answers) expect([answer.status, answer.json]).toEqual([200, json]);
    // Google is asked again only for what was not written.
    expect(deployment.tokenRequests("refresh_token")).toHaveLength(asked + (left === "old" ? 1 : 0));

    // The grant is one more version of the same one, found wherever it is looked for, and can be refreshed again.
    const after = (await store.get(key))!;
    expect(after).toMatchObject({ id: before.id, version: before.version + 1 });
    expect(await store.list(key.client, key.owner)).toEqual([key]);
    expect(await store.keysOf(key.client, key.account)).toEqual([key]);
    await deployment.advance(HOUR);
    expect((await processes[0]!.browser(browser).call("/token")).status).toBe(200);
    expect((await store.get(key))?.version).toBe(before.version + 2);
  });
});

/** Locks the row while the process asks Google, so that its write waits in the server, and outlives it there. */
async function lockRow({ deployment, place }: Suite): Promise<Armed> {
  const grants = `"${place.name}_grants"`;
  const held = deployment.tokenEndpoint.hold("answered", REFRESH);
  const pool = new Pool({ connectionString: SERVERS.postgres });
  const locking = await pool.connect();
  const countWaiting = async () => {
    const { rows } = await pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1", [
      `UPDATE ${grants} AS present SET grant_id%`,
    ]);
    return rows.length;
  };
  const reach = async () => {
    await held.arrived;
    await locking.query("BEGIN");
    await locking.query(`SELECT FROM ${grants} FOR UPDATE`);
    held.release();
    await expect.poll(countWaiting, { timeout: SLACK_MS }).toBe(1);
  };
  return {
    isThere: reach(),
    async afterwards() {
      await locking.query("COMMIT");
      locking.release();
      await pool.end();
    },
  };
}
