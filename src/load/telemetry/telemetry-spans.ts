import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from "@opentelemetry/api";
import { hasFailed } from "../../environment/call-record.ts";
import { ExitCode } from "../../errors/exit-code.ts";
import { scrub } from "../../errors/redaction.ts";
import type { LoadOutcome } from "../load-outcome.ts";
import type { LoadCall, LoadEvent } from "../run-log.ts";

/** What a package is busy with while it is in a state; in the others it is over. */
const steps: Readonly<Record<string, string>> = {
  built: "upload",
  uploaded: "wait",
  importing: "import",
  "in doubt": "ask",
  executing: "execute",
  collecting: "collect",
};

interface OpenSpan {
  readonly span: Span;
  readonly context: Context;
}

interface PackageSpans {
  readonly whole: OpenSpan;
  step: (OpenSpan & { readonly name: string }) | undefined;
}

export interface SpanTreeOptions {
  readonly tracer: Tracer;
  readonly attributes: Attributes;
  readonly command: string;
  /** The span this run belongs to, as the variable TRACEPARENT of OpenTelemetry names it. */
  readonly traceParent: string | undefined;
  /** Milliseconds since 1970-01-01 UTC, here and below. */
  readonly startedMs: number;
}

/**
 * The spans of one run: the run; below it a span for every entity that is read and every package that is sent; below
 * a package its steps; below those the requests. Built from what a run tells of itself, so nothing in a run knows of
 * OpenTelemetry. No span holds an address: paths and queries may be secret.
 */
export class SpanTree {
  readonly #tracer: Tracer;
  readonly #root: OpenSpan;
  readonly #entities = new Map<string, OpenSpan>();
  readonly #packages = new Map<string, PackageSpans>();

  constructor({ tracer, attributes, command, traceParent, startedMs }: SpanTreeOptions) {
    this.#tracer = tracer;
    this.#root = this.#open(`dmfpipe ${command}`, {
      parent: parentContext(traceParent),
      startedMs,
      attributes,
    });
  }

  note(event: LoadEvent, nowMs: number): void {
    switch (event.kind) {
      case "run":
        this.#root.span.setAttribute("dmfpipe.run", event.run);
        this.#root.span.addEvent(scrub(event.text), nowMs);
        break;
      case "reading":
        this.#noteReading(event, nowMs);
        break;
      case "package":
        this.#notePackage(event, nowMs);
        break;
      case "retry":
      case "warning":
        this.#root.span.addEvent(`${event.kind}: ${scrub(event.text)}`, nowMs);
        break;
      case "forecast":
        break;
      case "forecast":
        break;
      default:
        event satisfies never;
    }
  }

  noteCall(call: LoadCall, nowMs: number): void {
    const startedMs = nowMs - call.durationMs;
    const pack = call.package === undefined ? undefined : this.#packageSpans(call.package, startedMs);
    if (pack?.step === undefined && pack !== undefined) this.#enterStep(pack, "upload", startedMs);
    const parent = (pack?.step ?? pack?.whole ?? this.#root).context;
    const [address = "", port] = call.host.split(/:(?=\d+$)/);
    const { span } = this.#open(call.purpose, {
      parent,
      startedMs,
      kind: SpanKind.CLIENT,
      attributes: {
        "http.request.method": call.method,
        "server.address": address,
        ...(port === undefined ? {} : { "server.port": Number(port) }),
        ...(call.status === undefined ? {} : { "http.response.status_code": call.status }),
        ...(hasFailed(call)
          ? { "error.type": call.status === undefined ? "no_answer" : String(call.status) }
          : {}),
        ...Object.fromEntries(
          Object.entries(call.requestIds).map(([name, id]) => [`http.response.header.${name}`, id]),
        ),
      },
    });
    if (hasFailed(call)) {
      span.setStatus({
        code: SpanStatusCode.ERROR,
        ...(call.failure === undefined ? {} : { message: scrub(call.failure) }),
      });
    }
    span.end(nowMs);
  }

  /** Ends what is still open, the run last. */
  end(outcome: LoadOutcome, nowMs: number): void {
    for (const pack of this.#packages.values()) this.#endPackage(pack, nowMs);
    this.#packages.clear();
    for (const { span } of this.#entities.values()) span.end(nowMs);
    this.#entities.clear();
    const { exitCode, status, error } = outcome;
    const { span } = this.#root;
    span.setAttributes({ "dmfpipe.exit_code": exitCode, "dmfpipe.status": status });
    if (exitCode !== ExitCode.ok && exitCode !== ExitCode.rejections) {
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: error === undefined ? status : `${error.code}: ${error.title}`,
      });
    }
    span.end(nowMs);
  }

  #noteReading(event: Extract<LoadEvent, { kind: "reading" }>, nowMs: number): void {
    const { entity, records, rejected, bytes, finished } = event;
    let open = this.#entities.get(entity);
    if (open === undefined) {
      const attributes = { "dmfpipe.entity": entity };
      open = this.#open(`read ${entity}`, { parent: this.#root.context, startedMs: nowMs, attributes });
      this.#entities.set(entity, open);
    }
    if (!finished) return;
    open.span.setAttributes({
      "dmfpipe.records": records,
      "dmfpipe.records.rejected": rejected,
      "dmfpipe.source.bytes": bytes,
    });
    open.span.end(nowMs);
    this.#entities.delete(entity);
  }

  #notePackage(event: Extract<LoadEvent, { kind: "package" }>, nowMs: number): void {
    const pack = this.#packageSpans(event.package, nowMs);
    pack.whole.span.setAttributes({
      "dmfpipe.entity": event.entity,
      "dmfpipe.legal_entity": event.legalEntity,
      "dmfpipe.records": event.records,
      "dmfpipe.package.bytes": event.sizeBytes,
      "dmfpipe.execution_id": event.executionId,
      "dmfpipe.package.state": event.state,
    });
    const step = steps[event.state];
    if (step !== undefined) {
      if (pack.step?.name !== step) this.#enterStep(pack, step, nowMs);
      return;
    }
    if (event.state !== "done")
      pack.whole.span.setStatus({ code: SpanStatusCode.ERROR, message: event.state });
    this.#endPackage(pack, nowMs);
    this.#packages.delete(event.package);
  }

  #packageSpans(key: string, startedMs: number): PackageSpans {
    const known = this.#packages.get(key);
    if (known !== undefined) return known;
    const attributes = { "dmfpipe.package": key };
    const whole = this.#open(`package ${key}`, { parent: this.#root.context, startedMs, attributes });
    const made: PackageSpans = { whole, step: undefined };
    this.#packages.set(key, made);
    return made;
  }

  #enterStep(pack: PackageSpans, name: string, nowMs: number): void {
    pack.step?.span.end(nowMs);
    pack.step = {
      name,
      ...this.#open(name, { parent: pack.whole.context, startedMs: nowMs, attributes: {} }),
    };
  }

  #endPackage({ whole, step }: PackageSpans, nowMs: number): void {
    step?.span.end(nowMs);
    whole.span.end(nowMs);
  }

  #open(
    name: string,
    options: {
      readonly parent: Context;
      readonly startedMs: number;
      readonly attributes: Attributes;
      readonly kind?: SpanKind;
    },
  ): OpenSpan {
    const { parent, startedMs, attributes, kind = SpanKind.INTERNAL } = options;
    const span = this.#tracer.startSpan(name, { kind, attributes, startTime: startedMs }, parent);
    return { span, context: trace.setSpan(parent, span) };
  }
}

/** `00-<trace>-<span>-<flags>`, the traceparent of the W3C; anything else is as if it were not there. */
function parentContext(traceParent: string | undefined): Context {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceParent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const parent = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}
