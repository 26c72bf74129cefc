import { expect, onTestFinished, test } from "vitest";
import { otlpReceiver, type ReceivedSpan } from "../load/otlp-receiver.ts";
import { dmfpipe, latestRun, summaryOf } from "./command-line.ts";
import { smallProject, startEnvironment } from "./small-project.ts";

function childrenOf(spans: readonly ReceivedSpan[], parent: ReceivedSpan): ReceivedSpan[] {
  return spans.filter((span) => span.parentId === parent.spanId);
}

test("a load sends its spans and metrics where the standard variables say", async () => {
  const receiver = await otlpReceiver();
  const { environments, variables, stop, sandbox } = await startEnvironment();
  onTestFinished(stop);
  const { root, remove } = smallProject({ environments });
  onTestFinished(remove);
  const result = await dmfpipe(root, ["load"], {
    variables: {
      ...variables,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_SERVICE_NAME: "nightly",
      TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    },
  });
  expect(result.code, result.stderr).toBe(4);
  expect(result.stderr).not.toMatch(/telemetry/);

  const { spans } = receiver;
  const run = spans.find(({ name }) => name === "dmfpipe load");
  if (run === undefined) throw new Error("no span of the run");
  expect(run).toMatchObject({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    parentId: "b7ad6b7169203331",
    status: 0,
    attributes: { "dmfpipe.exit_code": 4, "dmfpipe.run": summaryOf(latestRun(root)).run },
  });
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([run.traceId]));

  const below = childrenOf(spans, run);
  expect(below.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "read Vendor groups",
      "read Vendors V2",
      "package 001-vendor-groups-usmf-001",
      "package 002-vendors-v2-usmf-001",
    ]),
  );
  const pack = below.find(({ name }) => name === "package 002-vendors-v2-usmf-001");
  if (pack === undefined) throw new Error("no span of the package");
  expect(pack.attributes).toMatchObject({
    "dmfpipe.entity": "Vendors V2",
    "dmfpipe.records": 3,
    "dmfpipe.package.state": "done",
  });
  const steps = childrenOf(spans, pack);
  const named = (name: string): ReceivedSpan => {
    const found = steps.find((span) => span.name === name);
    if (found === undefined) throw new Error(`no step ${name}`);
    return found;
  };
  expect(steps.map(({ name }) => name)).toEqual(["upload", "wait", "import", "execute", "collect"]);
  const [call] = childrenOf(spans, named("import"));
  expect(call).toMatchObject({
    name: "Starting the import",
    kind: 3,
    attributes: {
      "http.request.method": "POST",
      "http.response.status_code": 200,
      "server.address": "127.0.0.1",
    },
  });
  expect(call?.attributes["http.response.header.ms-dyn-aid"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(childrenOf(spans, named("upload")).map(({ name }) => name)).toContain("Uploading");
  for (const span of spans) {
    const parent = spans.find(({ spanId }) => spanId === span.parentId);
    expect(span.endNs).toBeGreaterThanOrEqual(span.startNs);
    if (parent !== undefined) expect(span.endNs).toBeLessThanOrEqual(parent.endNs);
  }

  expect(receiver.resource).toMatchObject({ "service.name": "nightly", "dmfpipe.environment": "uat" });
  const records = receiver.metrics.get("dmfpipe.records");
  const created = records?.points.filter(({ attributes }) => attributes["dmfpipe.outcome"] === "created");
  expect(created?.reduce((sum, { value }) => sum + value, 0)).toBe(4);
  expect(
    receiver.metrics
      .get("dmfpipe.records.read")
      ?.points.map(({ value }) => value)
      .sort(),
  ).toEqual([2, 3]);
  expect(receiver.metrics.get("http.client.request.duration")?.unit).toBe("s");
  expect(receiver.metrics.get("dmfpipe.runs")?.points).toEqual([
    { attributes: { "dmfpipe.command": "load", "dmfpipe.exit_code": 4 }, value: 1 },
  ]);

  const bytes = receiver.bytes().toString("latin1");
  expect(bytes).not.toContain(sandbox.clientSecret);
  expect(bytes).not.toMatch(/[?&]sig=|\/data\/|Bearer|Müller|NET99/);
});

test("a load that cannot begin has a span that says so", async () => {
  const receiver = await otlpReceiver();
  const { root, remove, write } = smallProject();
  onTestFinished(remove);
  write("mappings/vendors.yaml", "entity: Vendors V2\n");
  const result = await dmfpipe(root, ["load"], {
    variables: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces` },
  });
  expect(result.code).toBe(2);
  expect(receiver.spans).toMatchObject([
    {
      name: "dmfpipe load",
      status: 2,
      attributes: { "dmfpipe.exit_code": 2, "dmfpipe.status": "did not begin" },
    },
  ]);
  expect(receiver.metrics.size).toBe(0);
});

test("a receiver that refuses, or a protocol that is not spoken, is a warning and no more", async () => {
  const receiver = await otlpReceiver(400);
  const { root, remove } = smallProject();
  onTestFinished(remove);
  const refused = await dmfpipe(root, ["check"], {
    variables: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
  });
  expect(refused.code, refused.stderr).toBe(0);
  expect(refused.stderr.match(/warning: telemetry could not be sent: .+/g)).toHaveLength(1);
  const grpc = await dmfpipe(root, ["check"], {
    variables: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
  });
  expect(grpc.code).toBe(0);
  expect(grpc.stderr).toContain("warning: no telemetry: OTLP is sent as http/protobuf only");
});
