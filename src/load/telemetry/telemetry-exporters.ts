import os from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { diag, DiagLogLevel, type Attributes, type Meter, type Tracer } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { TelemetrySignals } from "./telemetry-signals.ts";

/** The SDK of OpenTelemetry, set up. Loaded only where telemetry is wanted. */
export interface Exporters {
  readonly tracer?: Tracer;
  readonly meter?: Meter;
  /** Sends what is left, and gives up after `deadlineMs`. Never throws. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Opens what the signals need. Nothing is registered globally: the libraries dmfpipe uses would begin to report spans
 * of their own, with whole addresses in them. `onFailure` hears why something could not be sent.
 */
export function openExporters(options: {
  readonly signals: TelemetrySignals;
  readonly attributes: Attributes;
  /** Version of dmfpipe. */
  readonly version: string;
  readonly onFailure: (why: string) => void;
}): Exporters {
  const { signals, attributes, version, onFailure } = options;
  const silent = (): void => undefined;
  const failed = (message: string): void => {
    onFailure(plainMessage(message));
  };
  const logger = { error: failed, warn: silent, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  const resource = defaultResource()
    .merge(
      resourceFromAttributes({
        "service.name": "dmfpipe",
        "service.version": version,
        "host.name": os.hostname(),
        ...attributes,
      }),
    )
    // Last, and stronger: what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say.
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
  const traces = signals.traces
    ? new TracerProvider({
        resource,
        spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
      })
    : undefined;
  const metrics = signals.metrics
    ? new MeterProvider({
        resource,
        readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
      })
    : undefined;
  return {
    ...(traces === undefined ? {} : { tracer: traces.getTracer("dmfpipe", version) }),
    ...(metrics === undefined ? {} : { meter: metrics.getMeter("dmfpipe", version) }),
    close: async (deadlineMs) => {
      const ended = Promise.allSettled([traces?.shutdown(), metrics?.shutdown()]);
      const results = await Promise.race([ended, wait(deadlineMs, undefined, { ref: false })]);
      if (results === undefined)
        onFailure(`the receiver did not take it within ${deadlineMs / 1000} seconds`);
      else {
        for (const result of results) {
          if (result.status === "rejected") failed(String(result.reason));
        }
      }
      diag.disable();
    },
  };
}

/** The SDK reports an error as the JSON of all its properties, stack included; of that, what happened. */
function plainMessage(message: string): string {
  try {
    const parsed: unknown = JSON.parse(message);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) return String(parsed.message);
  } catch {
    // It is plain text already.
  }
  return message;
}
