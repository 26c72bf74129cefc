import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { wantedSignals } from "../../src/load/telemetry/telemetry-signals.ts";

const source = path.join(import.meta.dirname, "..", "..", "src");

function importers(what: RegExp): string[] {
  return globSync("**/*.ts", { cwd: source }).filter((file) =>
    what.test(readFileSync(path.join(source, file), "utf8")),
  );
}

test("nothing of OpenTelemetry is loaded before somebody asks for it", () => {
  const users = importers(/from "@opentelemetry\//).map((file) => path.basename(file, ".ts"));
  expect(users.sort()).toEqual(["telemetry-exporters", "telemetry-meters", "telemetry-spans"]);
  for (const name of users) {
    expect(importers(new RegExp(`from "[^"]*/${name}\\.ts"`))).toEqual([]);
    expect(importers(new RegExp(`await import\\("\\./${name}\\.ts"\\)`))).toEqual([
      "load/telemetry/telemetry.ts",
    ]);
  }
});

test.each([
  [{}, [false, false]],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, [false, false]],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://x" }, [true, true]],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://x" }, [true, false]],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://x", OTEL_TRACES_EXPORTER: "none" }, [false, true]],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://x", OTEL_SDK_DISABLED: "true" }, [false, false]],
])("the variables %j ask for traces and metrics as %j", (variables, [traces, metrics]) => {
  expect(wantedSignals(variables)).toEqual({ traces, metrics });
});
