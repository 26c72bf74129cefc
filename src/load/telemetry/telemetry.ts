import type { Clock } from "../../errors/clock.ts";
import { scrub } from "../../errors/redaction.ts";
import type { LoadOutcome } from "../load-outcome.ts";
import type { LoadCallListener, LoadListener } from "../run-log.ts";
import { unspokenProtocol, wantedSignals } from "./telemetry-signals.ts";

/** How long the last export may keep a finished run from ending. */
const lastExportMs = 15_000;

export interface TelemetryOptions {
  readonly project: string;
  readonly environment: string;
  readonly command: string;
  /** Version of dmfpipe. */
  readonly version: string;
  readonly clock: Clock;
  /** The process environment: OpenTelemetry is configured by variables that it has standardized. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Hears of what is wrong with the telemetry. */
  readonly warn: (text: string) => void;
}

/** Spans and metrics of one run, sent while it goes on. */
export interface Telemetry {
  readonly listener: LoadListener;
  readonly onCall: LoadCallListener;
  /** Sends what is left. Never throws, and takes no longer than a quarter of a minute. */
  end(outcome: LoadOutcome): Promise<void>;
}

/**
 * Begins telemetry where the standard variables ask for it (OTEL_EXPORTER_OTLP_ENDPOINT, or the same for traces or
 * metrics alone); otherwise returns undefined, and not a line of OpenTelemetry is loaded. It goes out as OTLP over HTTP
 * with protobuf, the default of the specification; headers, time-outs, certificates and compression are the exporters'
 * own variables. Where it cannot be sent the run goes on, and `warn` is told once.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry | undefined> {
  const signals = wantedSignals(options.variables);
  if (!signals.traces && !signals.metrics) return undefined;
  const protocol = unspokenProtocol(options.variables);
  if (protocol !== undefined) {
    options.warn(`no telemetry: OTLP is sent as http/protobuf only, and the variables ask for ${protocol}`);
    return undefined;
  }
  const { openExporters } = await import("./telemetry-exporters.ts");
  const { SpanTree } = await import("./telemetry-spans.ts");
  const { LoadMeters } = await import("./telemetry-meters.ts");
  const { project, environment, command, clock, variables, version } = options;
  const attributes = {
    "dmfpipe.project": project,
    "dmfpipe.environment": environment,
    "dmfpipe.command": command,
  };
  const exporters = openExporters({ signals, attributes, version, onFailure: once(options.warn) });
  const { tracer, meter } = exporters;
  const startedMs = clock.now();
  const spans =
    tracer === undefined
      ? undefined
      : new SpanTree({ tracer, attributes, command, traceParent: variables["TRACEPARENT"], startedMs });
  const meters = meter === undefined ? undefined : new LoadMeters(meter);
  return {
    listener: (event) => {
      spans?.note(event, clock.now());
      meters?.note(event);
    },
    onCall: (call) => {
      spans?.noteCall(call, clock.now());
      meters?.noteCall(call);
    },
    end: async (outcome) => {
      spans?.end(outcome, clock.now());
      meters?.end(outcome);
      await exporters.close(lastExportMs);
    },
  };
}

/** A receiver that is away is away for every export; once is enough to know. */
function once(warn: (text: string) => void): (why: string) => void {
  let told = false;
  return (why) => {
    if (!told) warn(`telemetry could not be sent: ${scrub(why)}`);
    told = true;
  };
}
