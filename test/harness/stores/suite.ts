import type { EmulatorUser } from "@scopegate/emulator";
import { afterAll, beforeAll, describe } from "vitest";
import { makeUsers, startDeployment } from "./deployment.ts";
import type { Deployment } from "./deployment.ts";
import type { Place } from "./open.ts";
import { PLACES } from "./places.ts";

/** What the tests on one kind of store share. */
export interface Suite {
  readonly kind: Place["kind"];
  readonly place: Place;
  readonly deployment: Deployment;
  /** A user that no other test has used. */
  nextUser(): EmulatorUser;
}

/** The size of the shared deployment. */
export interface SuiteOptions {
  readonly count: number;
  readonly leaseMs: number;
  readonly users: number;
}

/**
 * Runs tests on every kind of store. The tests on one kind share a deployment.
 * @param define - defines the tests. It receives a function that gives the suite while a test runs
 */
export function onEveryStore(
  title: string,
  options: SuiteOptions,
  define: (suite: () => Suite, kind: Place["kind"]) => void,
): void {
  for (const { kind, skip, make } of PLACES) {
    describe.skipIf(skip)(`${title} on ${kind}`, () => {
      let place: Awaited<ReturnType<typeof make>>;
      let suite: Suite;
      beforeAll(async () => {
        place = await make();
        const users = makeUsers(options.users);
        const deployment = await startDeployment({ ...options, place, users });
        let next = 0;
        suite = { kind, place, deployment, nextUser: () => users[next++]! };
      });
      afterAll(async () => {
        await suite?.deployment[Symbol.asyncDispose]();
        await place?.[Symbol.asyncDispose]();
      });
      define(() => suite, kind);
    });
  }
}
