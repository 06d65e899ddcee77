import express5 from "express";
import express4 from "express4";
import koa3 from "koa";
import koa2 from "koa2";
import type { StartApp } from "./app.ts";
import { startOnExpress } from "./express-app.ts";
import { startOnFastify } from "./fastify-app.ts";
import { startOnHono } from "./hono-app.ts";
import { startOnKoa } from "./koa-app.ts";
import { startOnNode } from "./node-app.ts";

type Framework = readonly [name: string, start: StartApp];

const newest: readonly Framework[] = [
  ["Express 5", startOnExpress(express5)],
  ["Koa 3", startOnKoa(koa3)],
  ["Fastify 5", startOnFastify],
  ["Hono 4", startOnHono],
  ["Node http", startOnNode],
];

const older: readonly Framework[] = [
  ["Express 4", startOnExpress(express4)],
  ["Koa 2", startOnKoa(koa2)],
];

/**
 * Every framework that Scopegate has an adapter for: each flow test runs over all of them. Attacks, which take long, run
 * over the newest version of each (`FRAMEWORKS=newest`, set in vitest.config.ts); `FRAMEWORKS=all` has them all.
 */
export const frameworks: readonly Framework[] = process.env["FRAMEWORKS"] === "newest" ? newest : [...newest, ...older];
