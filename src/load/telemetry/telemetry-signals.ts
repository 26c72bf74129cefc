type Variables = Readonly<Record<string, string | undefined>>;

export interface TelemetrySignals {
  readonly traces: boolean;
  readonly metrics: boolean;
}

/** Which signals the variables ask for, as OpenTelemetry's specification of them has it. */
export function wantedSignals(variables: Variables): TelemetrySignals {
  const isSet = (name: string): boolean => (variables[name] ?? "") !== "";
  if (variables["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return { traces: false, metrics: false };
  const wanted = (signal: "TRACES" | "METRICS"): boolean =>
    variables[`OTEL_${signal}_EXPORTER`]?.trim().toLowerCase() !== "none" &&
    (isSet("OTEL_EXPORTER_OTLP_ENDPOINT") || isSet(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`));
  return { traces: wanted("TRACES"), metrics: wanted("METRICS") };
}

/** The protocol that the variables ask for, where it is not the one that is spoken here. */
export function unspokenProtocol(variables: Variables): string | undefined {
  const names = ["PROTOCOL", "TRACES_PROTOCOL", "METRICS_PROTOCOL"].map(
    (name) => `OTEL_EXPORTER_OTLP_${name}`,
  );
  return names
    .map((name) => variables[name])
    .find((value) => value !== undefined && value !== "" && value !== "http/protobuf");
}
