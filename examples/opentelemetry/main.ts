// Start this file with `npm run example opentelemetry`. It prints the spans and metrics of one user's visit to an app.
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { startApp } from "./app.ts";
import { observeScopegate } from "./telemetry.ts";
import { walk } from "./walk.ts";

// Your app would use exporters that send to a collector, and register its providers globally for all instrumentations.
const spans = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const measurements = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: measurements })] });

const stop = observeScopegate({ tracerProvider, meterProvider });
{
  await using app = await startApp();
  await walk(app);
}
stop();
await Promise.all([tracerProvider.forceFlush(), meterProvider.forceFlush()]);

console.log("Spans");
for (const { name, attributes, duration } of spans.getFinishedSpans()) {
  const [seconds, nanoseconds] = duration;
  print(name, attributes, `${(seconds * 1e3 + nanoseconds / 1e6).toFixed(1)} ms`);
}
for (const { scopeMetrics } of measurements.getMetrics().slice(-1)) {
  for (const { descriptor, dataPoints } of scopeMetrics.flatMap((scope) => scope.metrics)) {
    console.log(`\n${descriptor.name}, ${descriptor.unit}`);
    for (const { attributes, value } of dataPoints) {
      print(attributes["scopegate.operation"], attributes, typeof value === "number" ? value : value.count);
    }
  }
}
await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);

function print(name: unknown, attributes: Readonly<Record<string, unknown>>, value: string | number): void {
  console.log(`  ${String(name).padEnd(20)}${String(attributes["scopegate.outcome"]).padEnd(26)}${value}`);
}
