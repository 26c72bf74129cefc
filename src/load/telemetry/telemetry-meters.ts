import type { Counter, Histogram, Meter } from "@opentelemetry/api";
import type { LoadOutcome } from "../load-outcome.ts";
import type { LoadCall, LoadEvent } from "../run-log.ts";

/** The metrics of one run: what was read while it is read, what became of it when it is known. */
export class LoadMeters {
  readonly #read: Counter;
  readonly #sourceBytes: Counter;
  readonly #packages: Counter;
  readonly #retries: Counter;
  readonly #requests: Histogram;
  readonly #records: Counter;
  readonly #loads: Counter;
  readonly #duration: Histogram;
  readonly #seen = new Map<string, { readonly records: number; readonly bytes: number }>();

  constructor(meter: Meter) {
    this.#read = meter.createCounter("dmfpipe.records.read", {
      unit: "{record}",
      description: "Records read from the sources.",
    });
    this.#sourceBytes = meter.createCounter("dmfpipe.source.read", {
      unit: "By",
      description: "Bytes read from the sources.",
    });
    this.#packages = meter.createCounter("dmfpipe.packages", {
      unit: "{package}",
      description: "Steps of packages, by the state they came to.",
    });
    this.#retries = meter.createCounter("dmfpipe.retries", {
      unit: "{request}",
      description: "Requests that had to be repeated.",
    });
    // Name, unit and attributes are those of OpenTelemetry's semantic conventions.
    this.#requests = meter.createHistogram("http.client.request.duration", {
      unit: "s",
      description: "Duration of HTTP client requests.",
      advice: {
        explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600],
      },
    });
    this.#records = meter.createCounter("dmfpipe.records", {
      unit: "{record}",
      description: "What became of the records, once the run is over.",
    });
    this.#loads = meter.createCounter("dmfpipe.runs", {
      unit: "{run}",
      description: "Runs that ended, by exit code.",
    });
    this.#duration = meter.createHistogram("dmfpipe.run.duration", {
      unit: "s",
      description: "How long the run took.",
      advice: { explicitBucketBoundaries: [1, 10, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400] },
    });
  }

  note(event: LoadEvent): void {
    switch (event.kind) {
      case "reading": {
        const { entity, records, bytes } = event;
        const before = this.#seen.get(entity) ?? { records: 0, bytes: 0 };
        // What is read twice (a run that is resumed while it builds) is a new process, and a new count.
        this.#read.add(Math.max(0, records - before.records), { "dmfpipe.entity": entity });
        this.#sourceBytes.add(Math.max(0, bytes - before.bytes), { "dmfpipe.entity": entity });
        this.#seen.set(entity, { records, bytes });
        break;
      }
      case "package": {
        const { entity, legalEntity, state } = event;
        this.#packages.add(1, {
          "dmfpipe.entity": entity,
          "dmfpipe.legal_entity": legalEntity,
          "dmfpipe.package.state": state,
        });
        break;
      }
      case "retry":
        this.#retries.add(1);
        break;
      case "run":
      case "warning":
      case "forecast":
        break;
      default:
        event satisfies never;
    }
  }

  noteCall(call: LoadCall): void {
    const [address = "", port] = call.host.split(/:(?=\d+$)/);
    this.#requests.record(call.durationMs / 1000, {
      "http.request.method": call.method,
      "server.address": address,
      ...(port === undefined ? {} : { "server.port": Number(port) }),
      ...(call.status === undefined
        ? { "error.type": "no_answer" }
        : { "http.response.status_code": call.status }),
    });
  }

  end(outcome: LoadOutcome): void {
    const { command, exitCode, startedMs, finishedMs, summary } = outcome;
    const run = { "dmfpipe.command": command, "dmfpipe.exit_code": exitCode };
    this.#loads.add(1, run);
    this.#duration.record((finishedMs - startedMs) / 1000, run);
    for (const counts of summary?.entities ?? []) {
      const where = { "dmfpipe.entity": counts.entity, "dmfpipe.legal_entity": counts.legalEntity };
      const outcomes = {
        left_out: counts.filtered,
        rejected_here: counts.rejectedHere,
        rejected_staging: counts.rejectedStaging,
        created: counts.created,
        updated: counts.updated,
        rejected_target: counts.rejectedTarget,
        unprocessed: counts.unprocessed,
      };
      for (const [name, value] of Object.entries(outcomes)) {
        this.#records.add(value, { ...where, "dmfpipe.outcome": name });
      }
    }
  }
}
