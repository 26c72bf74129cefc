import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { schemaPull } from "../../src/cli/schema.ts";
import { metadataServer, property } from "../environment/metadata-server.ts";
import { inProcess } from "./in-process.ts";
import { smallProject } from "./small-project.ts";

test("a mapping for an entity of another name: the pull says which, writes the rest, and ends with 6", async () => {
  const server = await metadataServer({
    "/data/DataManagementEntities": {
      value: [
        { EntityName: "Kreditoren V2", TargetName: "VendVendorV2Entity", IsShared: "No" },
        { EntityName: "Vendor groups", TargetName: "VendVendorGroupEntity", IsShared: "No" },
      ],
    },
    "/metadata/DataEntities": {
      value: [
        { Name: "VendVendorGroupEntity", PublicEntityName: "VendorGroup", DataManagementEnabled: true },
      ],
    },
    "/metadata/PublicEntities('VendorGroup')": {
      ...{ Name: "VendorGroup", EntitySetName: "VendorGroups" },
      Properties: [property("dataAreaId", { IsKey: true }), property("VendorGroupId", { IsKey: true })],
    },
    "/data/DataManagementTargetMapEntities": { value: [] },
    "/data/DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion": {
      value: "10.0.47",
    },
  });
  const project = smallProject({
    environments: {
      uat: {
        ...{ kind: "live", url: server.url, authorityHost: server.url, tenant: "contoso", writes: ["USMF"] },
        auth: { kind: "client-secret", clientId: "the-client", clientSecret: "${FNO_SECRET}" },
      },
    },
  });
  onTestFinished(project.remove);
  const pulled = await inProcess(project.root, (context) => schemaPull(context, [], { language: "en-us" }), {
    variables: { FNO_SECRET: "s" },
  });
  expect(pulled.code).toBe(6);
  expect(pulled.stderr).toContain(
    'Vendors V2: not found: the environment calls VendVendorV2Entity "Kreditoren V2"',
  );
  expect(pulled.stderr).toContain("mappings/schema.json: 1 entity of uat (application 10.0.47).");
  // DESCRIPTION is public in the catalogue; this environment does not have it.
  expect(pulled.stdout).toContain("- DESCRIPTION: gone  (mappings/vendor-groups.yaml:6)");
  expect(pulled.stdout).toMatch(/Mappings that no longer fit:\n {2}mappings\/vendor-groups\.yaml:6:3 /);
  const text = readFileSync(path.join(project.root, "mappings", "schema.json"), "utf8");
  expect(Object.keys((JSON.parse(text) as { entities: object }).entities)).toEqual(["Vendor groups"]);
});
