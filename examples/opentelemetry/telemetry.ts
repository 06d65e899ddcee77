import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Attributes, MeterProvider, TracerProvider } from "@opentelemetry/api";
import { ERROR_TABLE } from "@scopegate/express";
import type { DiagnosticMessages } from "@scopegate/express";

type Name = keyof DiagnosticMessages;
type Message = DiagnosticMessages[Name];

const NAMES: readonly Name[] = ["authorize", "callback", "refresh", "revoke", "service", "guard"];

/** The providers for spans and metrics. Default: the global providers of the OpenTelemetry API. */
export interface TelemetryOptions {
  readonly tracerProvider?: TracerProvider;
  readonly meterProvider?: MeterProvider;
}

/**
 * Subscribes to Scopegate's diagnostics channels, and makes spans and metrics of their messages.
 *
 * A span starts when its operation started. Its parent is the span that is active when the operation ends, which is the
 * span of the HTTP request if HTTP is instrumented. A guard that lets a request pass is counted, and has no span.
 * @returns a function that unsubscribes
 */
export function observeScopegate({
  tracerProvider = trace.getTracerProvider(),
  meterProvider = metrics.getMeterProvider(),
}: TelemetryOptions = {}): () => void {
  const tracer = tracerProvider.getTracer("scopegate");
  const meter = meterProvider.getMeter("scopegate");
  const operations = meter.createCounter("scopegate.operations", {
    description: "Number of operations by outcome",
    unit: "{operation}",
  });
  const durations = meter.createHistogram("scopegate.operation.duration", {
    description:
      "Duration of callbacks, refreshes, revocations and token requests of the app itself, including calls to Google",
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
      const attributes = { ...labels, ...scopeAttributes(message) };
      const span = tracer.startSpan(`scopegate ${name}`, { startTime: endTime - milliseconds, attributes });
      // As for HTTP servers, an error that the user or the browser caused (4xx) is not an error of this service.
      if (outcome !== "ok" && ERROR_TABLE[outcome].status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endTime);
    };
    subscribe(channel, listener);
    return () => void unsubscribe(channel, listener);
  });
  return () => listeners.forEach((stop) => stop());
}

/** Attributes of spans only. As labels of metrics, each combination of scopes would create another time series. */
function scopeAttributes(message: Message): Attributes {
  if ("missing" in message) return { "scopegate.scopes.missing": [...message.missing] };
  if (!("scopes" in message)) return {};
  const { scopes, incremental, consentRetry } = message;
  return {
    "scopegate.scopes": [...scopes],
    "scopegate.incremental": incremental,
    "scopegate.consent_retry": consentRetry,
  };
}
