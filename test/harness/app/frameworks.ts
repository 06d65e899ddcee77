import express5 from "express";
import express4 from "express4";
import koa3 from "koa";
import koa2 from "koa2";
import { startOnExpress } from "./express.ts";
import { startOnFastify } from "./fastify.ts";
import { startOnHono } from "./hono.ts";
import { startOnKoa } from "./koa.ts";
import { allCells, cellsOn } from "./matrix.ts";
import type { Framework } from "./matrix.ts";
import { startOnNode } from "./node.ts";
import { USUAL_SESSION } from "./sessions.ts";

/** Every framework that Scopegate has an adapter for. */
export const everyFramework: readonly Framework[] = [
  ["Express 5", startOnExpress(express5)],
  ["Koa 3", startOnKoa(koa3)],
  ["Fastify 5", startOnFastify],
  // Hono has no session middleware. The harness gives the app an own session, and keeps the app's content there.
  ["Hono 4", startOnHono, { ...USUAL_SESSION, isWrittenWhole: false }],
  ["Node http", startOnNode],
  ["Express 4", startOnExpress(express4)],
  ["Koa 2", startOnKoa(koa2)],
];

/** Every framework with every kind of session. */
export const everyCell = allCells(everyFramework);

const { FRAMEWORKS, TEST_DAY, TEST_FILE } = process.env;

/**
 * The cells that this test file runs today; `cellsOn` explains the choice. `FRAMEWORKS=all` selects every cell. The
 * traits of a cell's session say which tests it cannot run.
 */
export const frameworks =
  FRAMEWORKS === "all" || TEST_DAY === undefined || TEST_FILE === undefined
    ? everyCell
    : cellsOn(TEST_FILE, TEST_DAY, everyFramework);
