import express5 from "express";
import express4 from "express4";
import koa3 from "koa";
import koa2 from "koa2";
import type { StartApp } from "./app.ts";
import { startOnExpress } from "./express-app.ts";
import { startOnFastify } from "./fastify-app.ts";
import { startOnKoa } from "./koa-app.ts";

/** Every framework that Scopegate has an adapter for: each flow and security test runs over all of them. */
export const frameworks: readonly (readonly [name: string, start: StartApp])[] = [
  ["Express 5", startOnExpress(express5)],
  ["Express 4", startOnExpress(express4)],
  ["Koa 3", startOnKoa(koa3)],
  ["Koa 2", startOnKoa(koa2)],
  ["Fastify 5", startOnFastify],
];
