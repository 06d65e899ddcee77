import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Attributes, MeterProvider, TracerProvider } from "@opentelemetry/api";
import type { DiagnosticMessages } from "@scopegate/core";
import { ERROR_TABLE } from "@scopegate/core";

type Name = keyof DiagnosticMessages;
type Message = DiagnosticMessages[Name];

const NAMES: readonly Name[] = ["authorize", "callback", "refresh", "revoke", "service", "guard"];

/** Where telemetry goes. Default: what the process has registered with the OpenTelemetry API. */
export interface TelemetryOptions {
  readonly tracerProvider?: TracerProvider;
  readonly meterProvider?: MeterProvider;
}

/**
 * Turns Scopegate's diagnostics channels into spans and metrics from now on.
 *
 * A span begins when the operation did, below the span that is active when it ends: that of the HTTP request, where
 * HTTP is instrumented. A guard that lets a request pass is counted and has no span.
 * @returns a function that ends it
 */
export function observeScopegate({
  tracerProvider = trace.getTracerProvider(),
  meterProvider = metrics.getMeterProvider(),
}: TelemetryOptions = {}): () => void {
  const tracer = tracerProvider.getTracer("scopegate");
  const meter = meterProvider.getMeter("scopegate");
  const operations = meter.createCounter("scopegate.operations", {
    description: "Operations, by their outcome",
    unit: "{operation}",
  });
  const durations = meter.createHistogram("scopegate.operation.duration", {
    description:
      "How long callbacks, refreshes, revocations and tokens of the app's own took, calls to Google included",
    unit: "s",
    advice: { explicitBucketBoundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
  });

  const listeners = NAMES.map((name) => {
    const channel = `scopegate:${name}`;
    const listener = (published: unknown): void => {
      const message = published as Message;
      const { instance, outcome } = message;
      const labels = { "scopegate.operation": name, "scopegate.instance": instance, "scopegate.outcome": outcome };
      operations.add(1, labels);
      const milliseconds = "duration" in message ? message.duration : 0;
      if ("duration" in message) durations.record(milliseconds / 1_000, labels);
      if (name === "guard" && outcome === "ok") return;

      const endTime = Date.now();
      const attributes = { ...labels, ...particulars(message) };
      const span = tracer.startSpan(`scopegate ${name}`, { startTime: endTime - milliseconds, attributes });
      // As for HTTP servers: what the user or their browser can mend is no error of this service.
      if (outcome !== "ok" && ERROR_TABLE[outcome].status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endTime);
    };
    subscribe(channel, listener);
    return () => void unsubscribe(channel, listener);
  });
  return () => listeners.forEach((stop) => stop());
}

/** What spans say beyond the labels of metrics, where every combination would be a time series of its own. */
function particulars(message: Message): Attributes {
  if ("missing" in message) return { "scopegate.scopes.missing": [...message.missing] };
  if (!("scopes" in message)) return {};
  const { scopes, incremental, consentRetry } = message;
  return {
    "scopegate.scopes": [...scopes],
    "scopegate.incremental": incremental,
    "scopegate.consent_retry": consentRetry,
  };
}
