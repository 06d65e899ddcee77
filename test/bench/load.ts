// The load generator of the section "guarded route", in a process of its own.
import { setTimeout as pause } from "node:timers/promises";
import autocannon from "autocannon";
import { answerMessages } from "./processes.ts";
import { quantile } from "./statistics.ts";

/** What to ask for, and for how long. */
export interface LoadMessage {
  readonly url: string;
  readonly cookie: string;
  /** Keep-alive connections, each with one request at a time. */
  readonly connections: number;
  readonly milliseconds: number;
}

export interface LoadAnswer {
  readonly perSecond: number;
  /** Milliseconds from the request to the answer's end. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not 200, and connections that failed. */
  readonly failures: number;
}

answerMessages((message) => load(message as LoadMessage));

async function load({ url, cookie, connections, milliseconds }: LoadMessage): Promise<LoadAnswer> {
  const ended = Promise.withResolvers<void>();
  // It counts whole seconds and whole milliseconds only, so that the end and the latencies are ours.
  const settings = { url, connections, duration: 3_600, sampleInt: 100, headers: { cookie } };
  const run = autocannon(settings, () => ended.resolve());
  const latencies: number[] = [];
  let failures = 0;
  const start = performance.now();
  run.on("response", (_client, status, _bytes, latency) => {
    latencies.push(latency);
    if (status !== 200) failures += 1;
  });
  run.on("reqError", () => (failures += 1));
  await pause(milliseconds);
  const seconds = (performance.now() - start) / 1_000;
  const answer: LoadAnswer = {
    perSecond: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    failures,
  };
  run.stop();
  await ended.promise;
  return answer;
}
