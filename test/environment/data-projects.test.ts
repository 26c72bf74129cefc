import { expect, test } from "vitest";
import { sandboxForTest, sharedSandbox } from "../sandbox/sandbox-client.ts";
import { connectionTo, connectionToSandbox, environmentFor } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { reply, scriptedServer } from "./scripted-server.ts";

const client = sharedSandbox();

const projects = () => environmentFor(connectionToSandbox(client().sandbox)).dataProjects;

const composite = {
  label: "Sales orders composite V4",
  sourceFormat: "XML-Element",
  executionUnit: 1,
  level: 2,
  sequence: 3,
};

test("a data project is made once, found again in any spelling, and holds its entity once", async () => {
  const { find, create, addEntity, hasEntity } = bound(projects());
  expect(await find("Night-Orders")).toBeUndefined();
  const description = `${"x".repeat(70)}y`;
  await create({ name: "Night-Orders", description, category: "Project" });
  // After a lost answer it is made again.
  await create({ name: "night-orders", description, category: "Project" });
  expect(await find("NIGHT-ORDERS")).toEqual({ name: "Night-Orders", description: "x".repeat(60) });
  expect(await hasEntity("Night-Orders", composite.label)).toBe(false);
  await addEntity("Night-Orders", composite);
  await addEntity("Night-Orders", composite);
  expect(await hasEntity("night-orders", composite.label)).toBe(true);
  const filter = "$filter=DefinitionGroupId eq 'Night-Orders'";
  expect(await client().rows(`/data/DataManagementDefinitionGroupDetails?${filter}`)).toMatchObject([
    {
      EntityName: composite.label,
      SourceFormat: "XML-Element",
      AutoGenerateMapping: "Yes",
      SequenceInLevel: 3,
    },
  ]);
});

test("a name with quotes is asked for as it is", async () => {
  expect(await projects().find("it's a 'project' & more")).toBeUndefined();
});

test("what F&O does not want is said in its own words", async () => {
  const { create, addEntity } = bound(projects());
  const error = await failureOf(create({ name: "n".repeat(61), description: "", category: "Project" }));
  expect(error).toMatchObject({ code: "DMFP-DATA-PROJECT" });
  expect(error.message).toContain("longer than the 60 characters");
  await create({ name: "Strangers", description: "", category: "Configuration" });
  const stranger = await failureOf(addEntity("Strangers", { ...composite, label: "Nothing V9" }));
  expect(stranger).toMatchObject({ code: "DMFP-DATA-PROJECT", entry: { retry: "later" } });
  expect(stranger.message).toContain("Putting Nothing V9 into the data project Strangers");
});

test("an environment that answers something else is told apart from one that has no project", async () => {
  const token = reply(200, { access_token: "t", expires_in: 3600, token_type: "Bearer" });
  const odd = await scriptedServer(token, reply(200, { value: "no list" }));
  expect((await failureOf(environmentFor(connectionTo(odd.url)).dataProjects.find("X"))).code).toBe(
    "DMFP-DATA-PROJECT",
  );
  const without = await scriptedServer(token, reply(404, { error: { message: "Resource not found" } }));
  const error = await failureOf(environmentFor(connectionTo(without.url)).dataProjects.hasEntity("X", "Y"));
  expect(error).toMatchObject({ code: "DMFP-DATA-PROJECT" });
  expect(error.message).toContain("Resource not found");
});

test("a lost answer is no second project", async () => {
  const faults = [
    { on: "odata", status: 429, retryAfter: "0" },
    { on: "odata", nth: 2, when: "after", drop: true },
  ] as const;
  const own = await sandboxForTest({ faults });
  const { find, create } = bound(environmentFor(connectionToSandbox(own.sandbox)).dataProjects);
  await create({ name: "Night", description: "d", category: "Project" });
  expect(await find("Night")).toEqual({ name: "Night", description: "d" });
  expect(own.sandbox.firedFaults()).toHaveLength(2);
});

function bound(own: ReturnType<typeof projects>) {
  return {
    find: own.find.bind(own),
    create: own.create.bind(own),
    addEntity: own.addEntity.bind(own),
    hasEntity: own.hasEntity.bind(own),
  };
}
