import express5 from "express";
import express4 from "express4";
import koa3 from "koa";
import koa2 from "koa2";
import { startOnExpress } from "./express.ts";
import { startOnFastify } from "./fastify.ts";
import { startOnHono } from "./hono.ts";
import { startOnKoa } from "./koa.ts";
import { onOurSessions, onUsualSession, turnOf } from "./matrix.ts";
import type { Framework } from "./matrix.ts";
import { startOnNode } from "./node.ts";
import { USUAL_SESSION } from "./sessions.ts";

const newest: readonly Framework[] = [
  ["Express 5", startOnExpress(express5)],
  ["Koa 3", startOnKoa(koa3)],
  ["Fastify 5", startOnFastify],
  // Its usual session is ours too; the harness lets the app keep content of its own there.
  ["Hono 4", startOnHono, { ...USUAL_SESSION, isWrittenWhole: false }],
  ["Node http", startOnNode],
];

const older: readonly Framework[] = [
  ["Express 4", startOnExpress(express4)],
  ["Koa 2", startOnKoa(koa2)],
];

/** Every framework that Scopegate has an adapter for. */
export const everyFramework = [...newest, ...older];

/** Each on every session that it can have: its usual one, and both kinds of ours. */
export const everyCell = [...onUsualSession(everyFramework), ...onOurSessions(everyFramework)];

const { FRAMEWORKS, TEST_FILE } = process.env;

/**
 * What each suite runs over. All cells in all files would take too long, so a file has
 *
 * - every framework on its usual session; for attacks, which take long, the newest version of each
 *   (`FRAMEWORKS=newest`, set in vitest.config.ts), and
 * - one framework on both kinds of our session: another one in each file, so that each has its turn.
 *
 * `FRAMEWORKS=all` runs all cells in all files. What one kind of session cannot do is said by `SessionTraits`.
 */
export const frameworks =
  FRAMEWORKS === "all"
    ? everyCell
    : [
        ...onUsualSession(FRAMEWORKS === "newest" ? newest : everyFramework),
        ...(TEST_FILE === undefined ? [] : onOurSessions(turnOf(TEST_FILE, everyFramework))),
      ];
