import { expect, test } from "vitest";
import {
  buildPackage,
  csv,
  entityMap,
  manifest,
  packageFiles,
  packageHeader,
  utf16,
  zip,
  type TestEntity,
} from "./package-builder.ts";
import { refusal, sharedSandbox } from "./sandbox-client.ts";

const client = sharedSandbox({ unpackedSizeLimitBytes: 50_000_000 });

const group: TestEntity = {
  label: "Vendor groups",
  file: "groups.csv",
  rows: [
    ["VENDORGROUPID", "DESCRIPTION"],
    ["Z1", "One"],
  ],
};

async function refused(content: Buffer): Promise<string> {
  const answer = await client().importPackage(content);
  expect(answer.status).toBe(400);
  return refusal(answer);
}

async function refusedFiles(changes: Readonly<Record<string, Buffer | undefined>>): Promise<string> {
  const files = packageFiles([group]);
  for (const [name, content] of Object.entries(changes)) {
    if (content === undefined) files.delete(name);
    else files.set(name, content);
  }
  return refused(await zip(files));
}

/** Changes the bytes after the nth occurrence of a signature. */
function patch(
  content: Buffer,
  signature: number,
  offset: number,
  write: (at: number, bytes: Buffer) => void,
): Buffer {
  const bytes = Buffer.from(content);
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(signature);
  write(bytes.indexOf(mark) + offset, bytes);
  return bytes;
}

const central = 0x02014b50;

test("a file that is no zip", async () => {
  expect(await refused(utf16(csv(group.rows)))).toContain(
    "End of Central Directory record could not be found.",
  );
  expect(await refused(Buffer.alloc(0))).toContain("End of Central Directory record could not be found.");
});

test("a zip that was cut", async () => {
  const content = await buildPackage(group);
  expect(await refused(content.subarray(0, content.length - 30))).toContain("End of Central Directory");
  const middle = Buffer.concat([content.subarray(0, 40), content.subarray(200)]);
  expect(await refused(middle)).toMatch(/Central Directory|local file header|Number of entries/i);
});

test("a wrong checksum", async () => {
  const content = patch(await buildPackage(group), central, 16, (at, bytes) => bytes.writeUInt32LE(1, at));
  expect(await refused(content)).toContain("fails its CRC check");
});

test("a file that is longer or shorter than the directory says", async () => {
  const content = await buildPackage(group);
  const size = content.readUInt32LE(content.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
  const resized = (delta: number): Buffer =>
    patch(content, central, 24, (at, bytes) => bytes.writeUInt32LE(size + delta, at));
  expect(await refused(resized(-1))).toContain("is longer than the archive says");
  expect(await refused(resized(1))).toContain("is shorter than the archive says");
});

test("a bomb: refused by what it promises, and by what it does", async () => {
  const bomb = await zip([...packageFiles([group]), ["bomb.bin", Buffer.alloc(60_000_000)]]);
  expect(bomb.length).toBeLessThan(300_000);
  expect(await refused(bomb)).toContain("There is not enough space on the disk.");
  const bytes = Buffer.from(bomb);
  const at = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24;
  bytes.writeUInt32LE(10, at);
  expect(await refused(bytes)).toContain("is longer than the archive says");
});

test("an encrypted entry and an unknown compression", async () => {
  const content = await buildPackage(group);
  expect(await refused(patch(content, central, 8, (at, bytes) => bytes.writeUInt16LE(1, at)))).toContain(
    "encrypted",
  );
  const method = patch(content, central, 10, (at, bytes) => bytes.writeUInt16LE(12, at));
  expect(await refused(method)).toContain("unsupported compression method");
});

test("two files of the same name", async () => {
  const files = [...packageFiles([group])];
  const content = await zip([...files, ["GROUPS.csv", Buffer.from("x")]]);
  expect(await refused(content)).toContain("The file 'GROUPS.csv' already exists.");
});

test("a name that leads out of the folder", async () => {
  // archiver cleans names, so the bad one is written into the finished zip.
  const clean = await zip([...packageFiles([group]), ["xx_evil.txt", Buffer.from("x")]]);
  const evil = Buffer.from(clean.toString("latin1").replaceAll("xx_evil.txt", "../evil.txt"), "latin1");
  expect(await refused(evil)).toContain("outside the specified destination directory");
});

test("no PackageHeader.xml, or one in a folder", async () => {
  const missing = /Could not find file 'C:\\windows\\TEMP\\[0-9A-F-]+_[0-9A-F-]+\\PackageHeader\.xml'\./;
  expect(await refusedFiles({ "PackageHeader.xml": undefined })).toMatch(missing);
  const files = [...packageFiles([group])].map(([name, content]) => [`folder/${name}`, content] as const);
  expect(await refused(await zip(files))).toMatch(missing);
});

test("no Manifest.xml", async () => {
  expect(await refusedFiles({ "Manifest.xml": undefined })).toMatch(
    /Could not find file '.+\\Manifest\.xml'\./,
  );
});

test.each([
  ["another manifest type", packageHeader.replace("PackageManifest</", "Manifest</"), "manifest type"],
  [
    "another package type",
    packageHeader.replace("DefinitionGroup<", "Composite<"),
    "package type 'Composite'",
  ],
  ["another version", packageHeader.replace(">2<", ">3<"), "package version 3"],
  ["no version", packageHeader.replace("<PackageVersion>2</PackageVersion>", ""), "package version 0"],
  [
    "a version that is no number",
    packageHeader.replace(">2<", ">two<"),
    "cannot be parsed as the type 'Int32'",
  ],
])("a header with %s", async (_case, header, text) => {
  expect(await refusedFiles({ "PackageHeader.xml": utf16(header) })).toContain(text);
});

test("a manifest in another namespace, or with another root", async () => {
  const text = "Expecting element 'DataManagementPackageManifest' from namespace";
  const plain = manifest([group]);
  expect(await refusedFiles({ "Manifest.xml": utf16(plain.replace("2015/01", "2016/01")) })).toContain(text);
  expect(await refusedFiles({ "Manifest.xml": utf16(packageHeader) })).toContain(text);
});

test("a manifest whose bytes contradict its declaration", async () => {
  const declared = `<?xml version="1.0" encoding="utf-16"?>${manifest([group])}`;
  expect(await refusedFiles({ "Manifest.xml": Buffer.from(declared) })).toContain(
    "There is no Unicode byte order mark.",
  );
  const other = `<?xml version="1.0" encoding="utf-8"?>${manifest([group])}`;
  expect(await refusedFiles({ "Manifest.xml": utf16(other) })).toContain("does not match the encoding");
});

test("a manifest that is not well-formed, has a DTD or a bomb of entities", async () => {
  const plain = manifest([group]);
  expect(await refusedFiles({ "Manifest.xml": utf16(plain.slice(0, -5)) })).toContain("error deserializing");
  const dtd = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${plain.replace("test<", "&b;<")}`;
  expect(await refusedFiles({ "Manifest.xml": utf16(dtd) })).toContain("DTD");
  expect(await refusedFiles({ "Manifest.xml": utf16("<a>".repeat(100_000)) })).toContain("depth");
});

test.each(["Yes", "True", "", "01"])("a boolean written %o", async (value) => {
  const elements = { RunBusinessLogic: `<RunBusinessLogic>${value}</RunBusinessLogic>` };
  expect(await refused(await buildPackage({ ...group, elements }))).toContain(
    "cannot be parsed as the type 'Boolean'",
  );
});

test.each(["true", "false", "1", "0", " true "])("a boolean written %o is accepted", async (value) => {
  const elements = { RunBusinessLogic: `<RunBusinessLogic>${value}</RunBusinessLogic>` };
  expect((await client().load(await buildPackage({ ...group, elements }))).status).toBe("Succeeded");
});

test("an entity label the environment does not have", async () => {
  for (const label of ["VendVendorGroupEntity", "VendorGroups", "vendor groups", ""]) {
    expect(await refused(await buildPackage({ ...group, label }))).toContain(
      `Entity ${label} does not exist in the target environment`,
    );
  }
});

test("a source format the environment does not have", async () => {
  expect(await refused(await buildPackage({ ...group, format: "CSV-UTF8" }))).toContain(
    "'CSV-UTF8' does not exist",
  );
});

test("a field the entity does not have, and one that comes twice", async () => {
  const text = "the mapping is incorrect for entity Vendor groups and field";
  const unknown = { ...group, fields: ["VENDORGROUPID", "COLOUR"] };
  expect(await refused(await buildPackage(unknown))).toContain(`${text} COLOUR`);
  const lower = { ...group, fields: ["VendorGroupId"] };
  expect(await refused(await buildPackage(lower))).toContain(`${text} VendorGroupId`);
  const twice = { ...group, fields: ["VENDORGROUPID", "VENDORGROUPID"] };
  expect(await refused(await buildPackage(twice))).toContain(`${text} VENDORGROUPID`);
});

test("lines that end with LF alone: a field id that is random", async () => {
  const seen = new Set<string>();
  for (let call = 0; call < 2; call += 1) {
    const text = await refusedFiles({ "groups.csv": utf16(csv(group.rows, "\n")) });
    expect(text).toMatch(/the mapping is incorrect for entity Vendor groups and field \{[0-9A-F-]{36}\}$/);
    seen.add(text);
  }
  expect(seen.size).toBe(2);
});

test("a data file the manifest names but the package does not have", async () => {
  expect(await refusedFiles({ "groups.csv": undefined })).toContain(
    "The file 'groups.csv' of entity Vendor groups",
  );
});

test("nothing of a refused package stays", async () => {
  const definitionGroupId = "refused-project";
  const executionId = "refused-execution";
  const content = await buildPackage({ ...group, label: "Nothing" });
  expect((await client().importPackage(content, { definitionGroupId, executionId })).status).toBe(400);
  expect(
    await client().rows("/data/DataManagementDefinitionGroups?$filter=Name eq 'refused-project'"),
  ).toEqual([]);
  const status = await client().action("GetExecutionSummaryStatus", { executionId });
  expect(refusal(status)).toContain("Execution details were not found");
});

test.each([
  ["UTF-16 with byte order mark", (text: string) => utf16(text)],
  ["UTF-8", (text: string) => Buffer.from(text)],
  ["UTF-8 with byte order mark", (text: string) => Buffer.from(`\ufeff${text}`)],
  [
    "UTF-8 with declaration",
    (text: string) => Buffer.from(`<?xml version="1.0" encoding="utf-8"?>\n${text}`),
  ],
  ["UTF-16 with declaration", (text: string) => utf16(`<?xml version="1.0" encoding="utf-16"?>${text}`)],
  ["indentation", (text: string) => utf16(text.replaceAll("><", ">\r\n  <"))],
])("a manifest is accepted in %s", async (_case, encode) => {
  const files = packageFiles([group]);
  files.set("Manifest.xml", encode(manifest([group])));
  files.set("PackageHeader.xml", encode(packageHeader));
  const { id } = await client().load(await zip(files));
  expect(await client().details(id)).toMatchObject([{ StagingRecordsCreatedCount: 1 }]);
});

test("a map that comes late is lost in silence: Succeeded with zero rows", async () => {
  const map = `<EntityMapList>${entityMap("VENDORGROUPID")}${entityMap("DESCRIPTION")}</EntityMapList>`;
  const late = { EntityMapList: "", EntityName: `<EntityName>Vendor groups</EntityName>${map}` };
  for (const elements of [late, { EntityMapList: "" }, { EntityMapList: '<EntityMapList i:nil="true"/>' }]) {
    const { id, status } = await client().load(await buildPackage({ ...group, elements }));
    expect(status).toBe("Succeeded");
    expect(await client().errors(id)).toEqual([]);
    expect(await client().details(id)).toMatchObject([
      { StagingRecordsToBeProcessedCount: 0, StagingRecordsCreatedCount: 0, TargetRecordsCreatedCount: 0 },
    ]);
  }
});

test("a format that comes first loses everything before it in the alphabet", async () => {
  const elements = { Disable: "<SourceFormat>CSV-Unicode</SourceFormat>", SourceFormat: "" };
  expect(await refused(await buildPackage({ ...group, elements }))).toContain("Entity  does not exist");
});

test("an XMLField that comes first loses the names of the map", async () => {
  const map =
    "<EntityMap><XMLField>VENDORGROUPID</XMLField><EntityField>VENDORGROUPID</EntityField></EntityMap>";
  const elements = { EntityMapList: `<EntityMapList>${map}</EntityMapList>` };
  expect(await refused(await buildPackage({ ...group, elements }))).toContain("the mapping is incorrect");
});

test("another name for the entity list is an empty package", async () => {
  const files = packageFiles([group]);
  files.set("Manifest.xml", utf16(manifest([group], "Entities")));
  const { id, status } = await client().load(await zip(files));
  expect(status).toBe("Succeeded");
  expect(await client().details(id)).toEqual([]);
});

test("without RunBusinessValidation nothing is validated: a missing member is false", async () => {
  const rows = [
    ["VENDORGROUPID", "DEFAULTPAYMENTTERMNAME"],
    ["Z9", "Unknown term"],
  ];
  const checked = await client().load(await buildPackage({ ...group, rows }));
  expect(checked.status).toBe("Failed");
  const unchecked = await client().load(
    await buildPackage({ ...group, rows, elements: { RunBusinessValidation: "" } }),
  );
  expect(unchecked.status).toBe("Succeeded");
});
