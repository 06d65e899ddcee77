import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SpanStatusCode } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { beforeAll, describe, expect, it } from "vitest";
import { startApp } from "./app.ts";
import { observeScopegate } from "./telemetry.ts";
import { walk } from "./walk.ts";

const root = join(import.meta.dirname, "..", "..");
const SCOPE = "https://www.googleapis.com/auth/drive.metadata.readonly";

/** The channels that core publishes to, as its source has them. */
const source = readFileSync(join(root, "packages/core/src/util/diagnostics.ts"), "utf8");
const published = [...source.matchAll(/channel\("(scopegate:[^"]+)"\)/g)].map(([, name]) => name!);

describe("a user's way through an app, in OpenTelemetry", () => {
  let spans: ReadableSpan[];
  let metrics: ReturnType<InMemoryMetricExporter["getMetrics"]>;
  const heard = new Map<string, Set<string>>();
  const subscribed = new Map<string, boolean>();

  beforeAll(async () => {
    const spanExporter = new InMemorySpanExporter();
    const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] });
    const reader = new PeriodicExportingMetricReader({ exporter: metricExporter });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const stop = observeScopegate({ tracerProvider, meterProvider });
    for (const name of published) subscribed.set(name, channel(name).hasSubscribers);
    const listen = (message: unknown, name: string | symbol) => {
      heard.set(String(name), new Set([...(heard.get(String(name)) ?? []), ...Object.keys(message as object)]));
    };
    for (const name of published) subscribe(name, listen);
    {
      await using app = await startApp();
      await walk(app);
    }
    for (const name of published) unsubscribe(name, listen);
    stop();
    await meterProvider.forceFlush();
    spans = spanExporter.getFinishedSpans();
    metrics = metricExporter.getMetrics();
    await meterProvider.shutdown();
  });

  it("is a span for each operation, with its outcome", () => {
    expect(spans.map(({ name, attributes }) => [name, attributes["scopegate.outcome"]])).toEqual([
      ["scopegate guard", "sign_in_required"],
      ["scopegate authorize", "ok"],
      ["scopegate callback", "ok"],
      ["scopegate refresh", "ok"],
      ["scopegate refresh", "temporarily_unavailable"],
      ["scopegate revoke", "ok"],
      ["scopegate guard", "sign_in_required"],
      ["scopegate service", "ok"],
    ]);
    expect(spans[0]!.attributes).toMatchObject({
      "scopegate.instance": "googleAuth",
      "scopegate.scopes.missing": [SCOPE],
    });
    expect(spans[1]!.attributes).toMatchObject({
      "scopegate.scopes": ["openid", "email", "profile", SCOPE],
      "scopegate.incremental": false,
      "scopegate.consent_retry": false,
    });
  });

  it("has spans as long as the operations, and errors where a server failed", () => {
    const lengths = spans.map(({ duration: [seconds, nanoseconds] }) => seconds + nanoseconds / 1e9);
    for (const [index, { name }] of spans.entries()) {
      if (/guard|authorize/.test(name)) expect(lengths[index], name).toBe(0);
      else expect(lengths[index], name).toBeGreaterThan(0);
    }
    const failed = spans.filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.map(({ attributes }) => attributes["scopegate.outcome"])).toEqual(["temporarily_unavailable"]);
  });

  it("is counted, and timed in seconds", () => {
    const all = metrics.at(-1)!.scopeMetrics.flatMap((scope) => scope.metrics);
    const points = (name: string) =>
      all
        .find(({ descriptor }) => descriptor.name === name)!
        .dataPoints.map(({ attributes, value }) => [
          attributes["scopegate.operation"],
          attributes["scopegate.outcome"],
          typeof value === "number" ? value : value.count,
        ]);
    expect(points("scopegate.operations")).toEqual([
      ["guard", "sign_in_required", 2],
      ["authorize", "ok", 1],
      ["callback", "ok", 1],
      ["guard", "ok", 3],
      ["refresh", "ok", 1],
      ["refresh", "temporarily_unavailable", 1],
      ["revoke", "ok", 1],
      ["service", "ok", 1],
    ]);
    expect(points("scopegate.operation.duration")).toEqual([
      ["callback", "ok", 1],
      ["refresh", "ok", 1],
      ["refresh", "temporarily_unavailable", 1],
      ["revoke", "ok", 1],
      ["service", "ok", 1],
    ]);
    const timed = spans.map(({ duration: [seconds, nanoseconds] }) => seconds + nanoseconds / 1e9);
    const sums = all.flatMap(({ dataPoints }) =>
      dataPoints.map(({ value }) => (typeof value === "object" && "sum" in value ? (value.sum ?? 0) : 0)),
    );
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    expect(total(sums)).toBeCloseTo(total(timed), 2);
  });

  it("says neither who the user is nor any secret", () => {
    const told = JSON.stringify([spans.map(({ name, attributes }) => ({ name, attributes })), metrics]);
    expect(told).not.toMatch(/ada@|1{2}0{16}|ya29|GOCSPX|not-secret-at-all|eyJ/);
  });

  it("is heard on every channel while it is observed, and on none afterwards", () => {
    expect([...subscribed]).toEqual(published.map((name) => [name, true]));
    for (const name of published) expect(channel(name).hasSubscribers, name).toBe(false);
  });

  describe("and in docs/observability.md", () => {
    const page = readFileSync(join(root, "docs/observability.md"), "utf8");
    const documented = new Map(
      [...page.matchAll(/^\| `(scopegate:[^`]+)` \|.*\| (.+) \|$/gm)].map(([, name, fields]) => [
        name!,
        fields!.split(", ").map((field) => field.slice(1, -1)),
      ]),
    );

    it("has the channels that core has", () => {
      expect([...documented.keys()].toSorted()).toEqual(published.toSorted());
    });

    it("has the fields that the messages have, each explained", () => {
      expect(heard.size).toBe(published.length);
      for (const [name, fields] of heard)
        expect([...fields].toSorted(), name).toEqual(documented.get(name)!.toSorted());
      for (const field of new Set([...documented.values()].flat())) expect(page).toContain(`\n| \`${field}\` |`);
    });
  });
});
