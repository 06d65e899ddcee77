// A process that is killed while it refreshes a grant, at each step of the refresh.
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

/** A step at which the test kills the process. */
interface Armed {
  /** Resolves once the process has reached the step. */
  readonly isThere: Promise<unknown>;
  /** Releases the locks that the test held to stop the process. */
  afterwards?(): Promise<unknown>;
}
type Arm = (suite: Suite, victim: AppProcess) => Promise<Armed>;

const holdGoogle =
  (stage: "requested" | "responded" | "begun"): Arm =>
  async ({ deployment }) => ({ isThere: deployment.tokenEndpoint.hold(stage, REFRESH).arrived });
const stopAt =
  (step: Parameters<AppProcess["stopAt"]>[0]): Arm =>
  async (_, victim) => ({ isThere: (await victim.stopAt(step)).stopped });

/** Each step, how to stop there, and the grant that the store has then. */
const STEPS: readonly (readonly [step: string, arm: Arm, left: "old" | "new"])[] = [
  ["with the lease, before it sends its request to Google", stopAt("with the lease"), "old"],
  ["while its request is on the way", holdGoogle("requested"), "old"],
  ["when Google has responded and no byte has arrived", holdGoogle("responded"), "old"],
  ["in the middle of Google's response", holdGoogle("begun"), "old"],
  ["before it writes", stopAt("before the write"), "old"],
  ["after it has written, while it still has the lease", stopAt("after the write"), "new"],
];

onEveryStore("a process killed while it refreshes", { count: 2, leaseMs: LEASE_MS, users: 8 }, (suite, kind) => {
  const steps: typeof STEPS =
    kind === "PostgreSQL"
      ? [...STEPS, ["while the server carries out its write", lockRow, "new"]]
      : [...STEPS, ["in the middle of its write", stopAt("in the middle of the write"), "old"]];

  it.each(steps)("S37 %s, leaves a whole grant, and the other processes go on", async (_, arm, left) => {
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
    await expect(dying).rejects.toThrow(/socket hang up|ECONNRESET/);
    await afterwards?.();
    if (left === "old") expect(await store.get(key)).toEqual(before);
    else await expect.poll(() => store.get(key)).not.toEqual(before);

    const sent = deployment.tokenRequests("refresh_token").length;
    const responses = await Promise.all(
      [0, 1, 0, 1].map((process) => processes[process]!.browser(browser).call("/token")),
    );
    const { json } = responses[0]!;
    expect(await deployment.whose(json["token"])).toBe(user.sub);
    for (const response of responses) expect([response.status, response.json]).toEqual([200, json]);
    // The others send a token request only if the killed process wrote nothing.
    expect(deployment.tokenRequests("refresh_token")).toHaveLength(sent + (left === "old" ? 1 : 0));

    // The grant is the next version of the same one, every lookup finds it, and it can be refreshed again.
    const after = (await store.get(key))!;
    expect(after).toMatchObject({ id: before.id, version: before.version + 1 });
    expect(await store.list(key.client, key.owner)).toEqual([key]);
    expect(await store.keysOf(key.client, key.account)).toEqual([key]);
    await deployment.advance(HOUR);
    expect((await processes[0]!.browser(browser).call("/token")).status).toBe(200);
    expect((await store.get(key))?.version).toBe(before.version + 2);
  });
});

/** Locks the row during the request to Google, so that the write waits in the server and outlives the process there. */
async function lockRow({ deployment, place }: Suite): Promise<Armed> {
  const grants = `"${place.name}_grants"`;
  const held = deployment.tokenEndpoint.hold("responded", REFRESH);
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
    await expect.poll(countWaiting).toBe(1);
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
