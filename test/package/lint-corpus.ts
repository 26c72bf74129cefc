import type { LintRuleId } from "../../src/package/lint/rules/all-rules.ts";
import { csv, entity, header, manifest, map, packageFiles, packageZip, utf16 } from "./foreign-package.ts";
import { makeZip, type ZipFile } from "./zip-maker.ts";

/** A package that breaks one rule, with the rules that come along because the same mistake breaks them too. */
export interface BrokenPackage {
  readonly rule: LintRuleId;
  /** What is special about it where a rule has several packages. */
  readonly how?: string;
  readonly zip: Buffer;
  readonly companions?: readonly LintRuleId[];
}

const good = packageFiles();

/** The good package with its first file changed. */
function firstFile(change: Partial<ZipFile>): Buffer {
  const [first, ...rest] = good;
  if (first === undefined) throw new Error("no file");
  return makeZip([{ ...first, ...change }, ...rest]);
}

function withManifest(change: (text: string) => string): Buffer {
  const text = change(manifest(entity()));
  if (text === manifest(entity())) throw new Error("nothing was changed");
  return packageZip({ manifest: text });
}

function withHeader(change: (text: string) => string): Buffer {
  const text = change(header);
  if (text === header) throw new Error("nothing was changed");
  return packageZip({ header: text });
}

/** A package of one XML file of customer groups. */
function xml(data: string, format = "XML-Element", target = "CustCustomerGroupEntity"): Buffer {
  const text = manifest(entity({ file: "groups.xml", format, target }));
  return packageZip({ manifest: text, data: null, more: [{ name: "groups.xml", data }] });
}

const record =
  "<CUSTCUSTOMERGROUPENTITY><CUSTOMERGROUPID>A</CUSTOMERGROUPID><DESCRIPTION>First</DESCRIPTION></CUSTCUSTOMERGROUPENTITY>";

function journal(maps: readonly string[], data: string): Buffer {
  const file = "General journal.csv";
  const text = manifest(entity({ label: "General journal", target: "LedgerJournalEntity", file, maps }));
  return packageZip({ manifest: text, data: null, more: [{ name: file, data: utf16(data) }] });
}

const journalMaps = ["JOURNALBATCHNUMBER", "LINENUMBER", "VOUCHER"].map((field) => map(field));

function journalLines(count: number, linesOfVoucher: number): string {
  const lines = Array.from(
    { length: count },
    (_, index) => `B1,${index + 1},V${Math.floor(index / linesOfVoucher)}\r\n`,
  );
  return `JOURNALBATCHNUMBER,LINENUMBER,VOUCHER\r\n${lines.join("")}`;
}

const vendors = entity({
  label: "Vendors V2",
  target: "VendVendorV2Entity",
  file: "Vendors V2.csv",
  maps: [map("VENDORACCOUNTNUMBER"), map("VENDORGROUPID")],
  place: [1, 1, 1],
});
const vendorGroups = (place: readonly [number, number, number]): string =>
  entity({
    label: "Vendor groups",
    target: "VendVendorGroupEntity",
    file: "Vendor groups.csv",
    maps: [map("VENDORGROUPID")],
    place,
  });

function vendorPackage(...entities: readonly string[]): Buffer {
  return packageZip({
    manifest: manifest(...entities),
    data: null,
    more: [
      { name: "Vendors V2.csv", data: utf16("VENDORACCOUNTNUMBER,VENDORGROUPID\r\n1,A\r\n") },
      { name: "Vendor groups.csv", data: utf16("VENDORGROUPID\r\nA\r\n") },
    ],
  });
}

function excel(sheet: string, workbook: Buffer): Buffer {
  const text = manifest(entity({ file: "groups.xlsx", format: "EXCEL", sheet }));
  return packageZip({ manifest: text, data: null, more: [{ name: "groups.xlsx", data: workbook }] });
}

/** A workbook with one sheet whose cells are inline strings. */
export function workbook(rows: readonly (readonly string[])[], sheet = "Customer_groups"): Buffer {
  const cells = (row: readonly string[]): string =>
    row.map((cell) => `<c t="inlineStr"><is><t>${cell}</t></is></c>`).join("");
  const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  return makeZip([
    {
      name: "xl/workbook.xml",
      data: `<workbook xmlns:r="${relations}"><sheets><sheet name="${sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      data: `<Relationships><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    },
    {
      name: "xl/worksheets/sheet1.xml",
      data: `<worksheet><sheetData>${rows.map((row, index) => `<row r="${index + 1}">${cells(row)}</row>`).join("")}</sheetData></worksheet>`,
    },
  ]);
}

const excelNote = ["DMFP-LINT-EXCEL-NOT-READ"] as const;

/** Packages that break one rule each; DMFP-LINT-FILE is the only rule that needs no package. */
export const corpus: readonly BrokenPackage[] = [
  { rule: "DMFP-LINT-ZIP", zip: Buffer.from(csv) },
  { rule: "DMFP-LINT-ZIP", how: "empty", zip: Buffer.alloc(0) },
  { rule: "DMFP-LINT-ZIP-TRUNCATED", zip: packageZip().subarray(0, -40) },
  {
    rule: "DMFP-LINT-ZIP-DIRECTORY",
    zip: Buffer.concat([packageZip().subarray(0, -60), packageZip().subarray(-22)]),
  },
  {
    rule: "DMFP-LINT-ZIP-LOCAL-HEADER",
    zip: firstFile({ localName: "Customer Groups.csv" }),
  },
  { rule: "DMFP-LINT-ZIP-LOCAL-HEADER", how: "method", zip: firstFile({ localMethod: 0 }) },
  { rule: "DMFP-LINT-ZIP-CRC", zip: firstFile({ crc: 1 }) },
  { rule: "DMFP-LINT-ZIP-CRC", how: "size too small", zip: firstFile({ sizeBytes: 20 }) },
  { rule: "DMFP-LINT-ZIP-CRC", how: "size too large", zip: firstFile({ sizeBytes: 2000 }) },
  { rule: "DMFP-LINT-ZIP-DATA", zip: firstFile({ packed: Buffer.from("no deflate at all") }) },
  { rule: "DMFP-LINT-ZIP-ENCRYPTED", zip: firstFile({ flags: 1 }) },
  { rule: "DMFP-LINT-ZIP-METHOD", zip: firstFile({ method: 14 }) },
  { rule: "DMFP-LINT-ZIP-BOMB", zip: firstFile({ sizeBytes: 0xf0000000 }) },
  {
    rule: "DMFP-LINT-ZIP-BOMB",
    how: "shared bytes",
    zip: makeZip([...good, { name: "PackageHeader.xml", data: utf16(header), sharesBytes: true }]),
    companions: ["DMFP-LINT-ZIP-NAME-TWICE"],
  },
  { rule: "DMFP-LINT-ZIP-FOLDER", zip: makeZip(good.map((file) => ({ ...file, name: `out/${file.name}` }))) },
  { rule: "DMFP-LINT-ZIP-SUBFOLDER", zip: packageZip({ more: [{ name: "old/notes.txt", data: "x" }] }) },
  {
    rule: "DMFP-LINT-ZIP-NAME-UNSAFE",
    zip: packageZip({ more: [{ name: "Resources/../../evil.exe", data: "x" }] }),
  },
  {
    rule: "DMFP-LINT-ZIP-NAME-WINDOWS",
    zip: packageZip({ more: [{ name: "Resources/a:b?.png", data: "x" }] }),
  },
  {
    rule: "DMFP-LINT-ZIP-NAME-WINDOWS",
    how: "device",
    zip: packageZip({ more: [{ name: "Resources/CON.txt", data: "x" }] }),
  },
  {
    rule: "DMFP-LINT-ZIP-NAME-BACKSLASH",
    zip: packageZip({ more: [{ name: "Resources\\a.png", data: "x" }] }),
  },
  {
    rule: "DMFP-LINT-ZIP-NAME-TWICE",
    zip: packageZip({ more: [{ name: "CUSTOMER GROUPS.csv", data: utf16(csv) }] }),
    companions: ["DMFP-LINT-FILE-UNUSED"],
  },
  {
    rule: "DMFP-LINT-ZIP-NAME-ENCODING",
    zip: packageZip({ more: [{ name: "Resources/Größe.png", data: "x", utf8: false }] }),
  },
  {
    rule: "DMFP-LINT-ZIP-SYMLINK",
    zip: packageZip({ more: [{ name: "Resources/a", data: "b", mode: 0o120777 }] }),
  },
  { rule: "DMFP-LINT-FILE-UNUSED", zip: packageZip({ more: [{ name: "Vendors.csv", data: utf16(csv) }] }) },
  {
    rule: "DMFP-LINT-FILE-CASE",
    zip: makeZip(good.map((file) => ({ ...file, name: file.name.replace("Manifest", "manifest") }))),
  },

  { rule: "DMFP-LINT-HEADER-MISSING", zip: makeZip(good.filter(({ name }) => name !== "PackageHeader.xml")) },
  { rule: "DMFP-LINT-MANIFEST-MISSING", zip: makeZip(good.filter(({ name }) => name !== "Manifest.xml")) },
  {
    rule: "DMFP-LINT-DOCUMENT-SIZE",
    zip: makeZip(
      good.map((file) =>
        file.name === "Manifest.xml"
          ? { ...file, method: 0, sizeBytes: 65 * 1024 * 1024, packed: Buffer.alloc(200_000) }
          : file,
      ),
    ),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-XML",
    zip: withManifest((text) => text.replace("<Description>Sample", "<Description>A & B")),
  },
  { rule: "DMFP-LINT-DOCUMENT-XML", how: "cut off", zip: withManifest((text) => text.slice(0, -30)) },
  {
    rule: "DMFP-LINT-DOCUMENT-XML",
    how: "doctype",
    zip: withHeader((text) => `<!DOCTYPE a [<!ENTITY b "c">]>${text}`),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-ENCODING",
    zip: packageZip({
      manifest: Buffer.from(`<?xml version="1.0" encoding="utf-16"?>${manifest(entity())}`),
    }),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-ENCODING",
    how: "no mark",
    zip: packageZip({ manifest: Buffer.from(manifest(entity()), "utf16le") }),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-ENCODING",
    how: "bytes",
    zip: packageZip({ header: Buffer.from(header.replace("Sample", "\xfc"), "latin1") }),
  },
  { rule: "DMFP-LINT-DOCUMENT-ROOT", zip: withManifest((text) => text.replaceAll("2015/01", "2011/06")) },
  {
    rule: "DMFP-LINT-DOCUMENT-ROOT",
    how: "name",
    zip: withHeader((text) => text.replaceAll("DataManagementPackageHeader", "PackageHeader")),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-ORDER",
    zip: withManifest((text) =>
      text
        .replace("<EntityName>Customer groups</EntityName>", "")
        .replace("<EntityMapList>", "<EntityName>Customer groups</EntityName><EntityMapList>"),
    ),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-MEMBER",
    zip: withManifest((text) => text.replace("<SampleFilePath />", "<SampleFile /><SampleFilePath />")),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-TWICE",
    zip: withManifest((text) => text.replace("<SampleFilePath />", "<SampleFilePath /><SampleFilePath />")),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-BOOLEAN",
    zip: withManifest((text) => text.replace("<FailLevelOnError>false", "<FailLevelOnError>No")),
  },
  {
    rule: "DMFP-LINT-DOCUMENT-NUMBER",
    zip: withManifest((text) => text.replaceAll("<ArrayIndex>0", "<ArrayIndex>none")),
  },
  {
    rule: "DMFP-LINT-HEADER-MANIFEST-TYPE",
    zip: withHeader((text) => text.replace("Serialization.DataManagementPackageManifest", "Manifest")),
  },
  {
    rule: "DMFP-LINT-HEADER-PACKAGE-TYPE",
    zip: withHeader((text) => text.replace("DefinitionGroup", "Project")),
  },
  {
    rule: "DMFP-LINT-HEADER-VERSION",
    zip: withHeader((text) => text.replace("<PackageVersion>2", "<PackageVersion>3")),
  },
  {
    rule: "DMFP-LINT-HEADER-VERSION-MEMBERS",
    zip: withHeader((text) => text.replace("<PackageVersion>2", "<PackageVersion>1")),
  },
  {
    rule: "DMFP-LINT-MANIFEST-PROJECT",
    zip: withManifest((text) => text.replace("<DefinitionGroupName>Sample<", "<DefinitionGroupName><")),
  },
  {
    rule: "DMFP-LINT-MANIFEST-EMPTY",
    zip: packageZip({ manifest: manifest(), data: null }),
  },
  { rule: "DMFP-LINT-ENTITY-NAME", zip: packageZip({ manifest: manifest(entity({ label: "" })) }) },
  {
    rule: "DMFP-LINT-ENTITY-TWICE",
    zip: packageZip({ manifest: manifest(entity(), entity({ place: [1, 1, 2] })) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-TECHNICAL-NAME",
    zip: packageZip({ manifest: manifest(entity({ label: "CustCustomerGroupEntity" })) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-TECHNICAL-NAME",
    how: "OData",
    zip: packageZip({ manifest: manifest(entity({ label: "CustomerGroups" })) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-LABEL",
    zip: packageZip({ manifest: manifest(entity({ label: "Customer group" })) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-LABEL",
    how: "case",
    zip: packageZip({ manifest: manifest(entity({ label: "customer groups" })) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-UNKNOWN",
    zip: packageZip({ manifest: manifest(entity({ label: "Windmills", target: "WindmillEntity" })) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-TARGET",
    zip: packageZip({ manifest: manifest(entity({ target: "CustGroupEntity" })) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-DISABLED",
    zip: withManifest((text) => text.replace("<Disable>false", "<Disable>true")),
  },
  {
    rule: "DMFP-LINT-ENTITY-FILE",
    zip: packageZip({ manifest: manifest(entity({ file: "" })) }),
    companions: ["DMFP-LINT-FILE-UNUSED"],
  },
  { rule: "DMFP-LINT-ENTITY-FILE-ABSENT", zip: packageZip({ data: null }) },
  {
    rule: "DMFP-LINT-ENTITY-FILE-CASE",
    zip: packageZip({ manifest: manifest(entity({ file: "customer groups.csv" })) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-FILE-NAME",
    zip: packageZip({
      manifest: manifest(entity({ file: "Customer/groups.csv" })),
      data: null,
      more: [{ name: "Customer/groups.csv", data: utf16(csv) }],
    }),
  },
  {
    rule: "DMFP-LINT-ENTITY-FILE-SHARED",
    zip: packageZip({
      manifest: manifest(entity(), entity({ label: "Windmills", target: "", place: [1, 1, 2] })),
    }),
    companions: ["DMFP-LINT-ENTITY-UNKNOWN"],
  },
  { rule: "DMFP-LINT-ENTITY-FORMAT", zip: packageZip({ manifest: manifest(entity({ format: "" })) }) },
  {
    rule: "DMFP-LINT-ENTITY-FORMAT-OWN",
    zip: packageZip({ manifest: manifest(entity({ format: "CSV-UTF8" })), data: Buffer.from(csv) }),
  },
  {
    rule: "DMFP-LINT-ENTITY-FORMAT-EXTENSION",
    zip: packageZip({
      manifest: manifest(entity({ file: "groups.dat" })),
      data: null,
      more: [{ name: "groups.dat", data: utf16(csv) }],
    }),
  },
  {
    rule: "DMFP-LINT-ENTITY-SHEET",
    zip: packageZip({ manifest: manifest(entity({ sheet: "Customer_groups$" })) }),
  },
  { rule: "DMFP-LINT-ENTITY-PLACE", zip: packageZip({ manifest: manifest(entity({ place: [1, 0, 1] })) }) },
  {
    rule: "DMFP-LINT-ENTITY-SAME-PLACE",
    zip: packageZip({
      manifest: manifest(
        entity(),
        entity({
          label: "Currencies",
          target: "CurrencyEntity",
          file: "Currencies.csv",
          maps: [map("CURRENCYCODE")],
        }),
      ),
      more: [{ name: "Currencies.csv", data: utf16("CURRENCYCODE\r\nEUR\r\n") }],
    }),
  },
  { rule: "DMFP-LINT-ENTITY-PARENT", how: "later", zip: vendorPackage(vendors, vendorGroups([1, 2, 1])) },
  {
    rule: "DMFP-LINT-ENTITY-PARENT",
    how: "same place",
    zip: vendorPackage(vendors, vendorGroups([1, 1, 1])),
  },
  {
    rule: "DMFP-LINT-ENTITY-PARENT",
    how: "another unit",
    zip: vendorPackage(vendors, vendorGroups([2, 1, 1])),
  },
  {
    rule: "DMFP-LINT-ENTITY-LOGIC-MISSING",
    zip: withManifest((text) => text.replace("<RunBusinessLogic>true</RunBusinessLogic>", "")),
  },
  {
    rule: "DMFP-LINT-ENTITY-LOGIC-OFF",
    zip: withManifest((text) => text.replace("<RunBusinessValidation>true", "<RunBusinessValidation>false")),
  },
  { rule: "DMFP-LINT-MAP-MISSING", zip: packageZip({ manifest: manifest(entity({ maps: [] })) }) },
  {
    rule: "DMFP-LINT-MAP-MISSING",
    how: "null",
    zip: withManifest((text) =>
      text.replace(/<EntityMapList>.*<\/EntityMapList>/, '<EntityMapList i:nil="true" />'),
    ),
  },
  {
    rule: "DMFP-LINT-MAP-INCOMPLETE",
    zip: packageZip({
      manifest: manifest(
        entity({ maps: [map("CUSTOMERGROUPID"), map("DESCRIPTION"), map("PAYMENTTERMID", "")] }),
      ),
    }),
  },
  {
    rule: "DMFP-LINT-MAP-TWICE",
    zip: packageZip({
      manifest: manifest(entity({ maps: [map("CUSTOMERGROUPID"), map("DESCRIPTION"), map("DESCRIPTION")] })),
    }),
  },
  {
    rule: "DMFP-LINT-MAP-CASE",
    zip: packageZip({
      manifest: manifest(entity({ maps: [map("CustomerGroupId", "CUSTOMERGROUPID"), map("DESCRIPTION")] })),
    }),
  },
  {
    rule: "DMFP-LINT-MAP-FIELD",
    zip: packageZip({
      manifest: manifest(entity({ maps: [map("CUSTOMERGROUPID"), map("DESCRIPTON", "DESCRIPTION")] })),
    }),
  },
  {
    rule: "DMFP-LINT-MAP-FIELD-UNKNOWN",
    zip: packageZip({
      manifest: manifest(
        entity({
          maps: [map("CUSTOMERGROUPID"), map("DESCRIPTION"), map("OURFIELD"), map("OURDESCRIPTION")],
        }),
      ),
      data: "CUSTOMERGROUPID,DESCRIPTION,OURFIELD,OURDESCRIPTION\r\nA,First,x,y\r\n",
    }),
  },
  {
    rule: "DMFP-LINT-MAP-KEY",
    zip: packageZip({
      manifest: manifest(entity({ maps: [map("DESCRIPTION")] })),
      data: "DESCRIPTION\r\nFirst\r\n",
    }),
  },
  {
    rule: "DMFP-LINT-MAP-AUTO",
    zip: packageZip({
      manifest: manifest(
        entity({
          maps: [
            map("DESCRIPTION"),
            map("CUSTOMERGROUPID", "CUSTOMERGROUPID", "<IsAutoDefault>true</IsAutoDefault>")
              .replace("<IsAutoGenerated>false", "<IsAutoGenerated>true")
              .replace(
                '<EntityFieldConversionList i:nil="true" />',
                "<EntityFieldConversionList><EntityFieldConversion><IsDefault>true</IsDefault></EntityFieldConversion></EntityFieldConversionList>",
              ),
          ],
        }),
      ),
    }),
  },
  {
    rule: "DMFP-LINT-MAP-AUTO-VOUCHER",
    zip: journal(
      journalMaps.with(2, map("VOUCHER").replace("<IsAutoGenerated>false", "<IsAutoGenerated>true")),
      journalLines(3, 1),
    ),
  },
  {
    rule: "DMFP-LINT-MAP-AUTO-BATCH",
    zip: journal(
      journalMaps.with(
        0,
        map("JOURNALBATCHNUMBER").replace("<IsAutoGenerated>false", "<IsAutoGenerated>true"),
      ),
      journalLines(3, 1),
    ),
  },
  {
    rule: "DMFP-LINT-MAP-DEFAULT",
    zip: packageZip({
      manifest: manifest(
        entity({
          maps: [
            map("CUSTOMERGROUPID"),
            map("DESCRIPTION", "DESCRIPTION", "<IsAutoDefault>true</IsAutoDefault>"),
          ],
        }),
      ),
    }),
  },
  {
    rule: "DMFP-LINT-COMPOSITE-PROJECT",
    zip: packageZip({
      manifest: manifest(
        entity({
          label: "Sales orders composite V4",
          target: "",
          file: "o.xml",
          format: "XML-Element",
          maps: [map("A")],
        }),
      ),
      data: null,
      more: [
        {
          name: "o.xml",
          data: "<Document><HEADERENTITY><A>1</A><LINEENTITY><B>2</B></LINEENTITY></HEADERENTITY></Document>",
        },
      ],
    }),
    companions: ["DMFP-LINT-ENTITY-UNKNOWN"],
  },
  {
    rule: "DMFP-LINT-COMPOSITE-SEVERAL",
    zip: packageZip({
      manifest: manifest(
        entity(),
        entity({
          label: "Sales orders composite V4",
          target: "",
          file: "o.xml",
          format: "XML-Element",
          maps: [map("A")],
          place: [1, 2, 1],
        }),
      ),
      more: [{ name: "o.xml", data: "<Document><HEADERENTITY><A>1</A></HEADERENTITY></Document>" }],
    }),
    companions: ["DMFP-LINT-COMPOSITE-PROJECT", "DMFP-LINT-ENTITY-UNKNOWN"],
  },
  {
    rule: "DMFP-LINT-COMPOSITE-FORMAT",
    zip: packageZip({ manifest: manifest(entity({ label: "Sales orders composite V4", target: "" })) }),
    companions: ["DMFP-LINT-COMPOSITE-PROJECT", "DMFP-LINT-ENTITY-UNKNOWN"],
  },

  { rule: "DMFP-LINT-DATA-EMPTY", zip: packageZip({ data: Buffer.alloc(0) }) },
  { rule: "DMFP-LINT-DATA-EMPTY", how: "blank lines", zip: packageZip({ data: "\r\n\r\n" }) },
  { rule: "DMFP-LINT-DATA-EMPTY", how: "manifest", zip: packageZip({ manifest: Buffer.alloc(0) }) },
  { rule: "DMFP-LINT-DATA-NO-RECORDS", zip: packageZip({ data: "CUSTOMERGROUPID,DESCRIPTION\r\n" }) },
  { rule: "DMFP-LINT-DATA-NO-RECORDS", how: "XML", zip: xml("<Document></Document>") },
  { rule: "DMFP-LINT-DATA-KIND", zip: packageZip({ data: Buffer.from(`<Document>${record}</Document>`) }) },
  { rule: "DMFP-LINT-DATA-KIND", how: "Excel", zip: packageZip({ data: workbook([["A"]]) }) },
  { rule: "DMFP-LINT-DATA-ENCODING", zip: packageZip({ data: Buffer.from(csv) }) },
  { rule: "DMFP-LINT-DATA-ENCODING", how: "no mark", zip: packageZip({ data: Buffer.from(csv, "utf16le") }) },
  { rule: "DMFP-LINT-DATA-ENCODING", how: "big endian", zip: packageZip({ data: utf16(csv).swap16() }) },
  {
    rule: "DMFP-LINT-DATA-TEXT",
    zip: packageZip({ data: Buffer.concat([utf16(csv), Buffer.from("43002C0000D80D000A00", "hex")]) }),
  },
  {
    rule: "DMFP-LINT-DATA-TEXT",
    how: "half a character",
    zip: packageZip({ data: utf16(csv).subarray(0, -1) }),
  },
  {
    rule: "DMFP-LINT-DATA-TEXT",
    how: "XML",
    zip: xml(`<?xml version="1.0" encoding="utf-16"?><Document>${record}</Document>`),
  },
  {
    rule: "DMFP-LINT-DATA-COLUMN-ABSENT",
    zip: packageZip({ data: "CUSTOMERGROUPID\r\nA\r\n" }),
  },
  {
    rule: "DMFP-LINT-DATA-COLUMN-ABSENT",
    how: "XML",
    zip: xml(`<Document>${record.replace(/<DESCRIPTION>.*<\/DESCRIPTION>/, "")}</Document>`),
  },
  {
    rule: "DMFP-LINT-DATA-COLUMN-UNMAPPED",
    zip: packageZip({ data: "CUSTOMERGROUPID,DESCRIPTION,PAYMENTTERMID\r\nA,First,N30\r\n" }),
  },
  {
    rule: "DMFP-LINT-DATA-COLUMN-CASE",
    zip: packageZip({ data: csv.replace("CUSTOMERGROUPID", "CustomerGroupId") }),
  },
  {
    rule: "DMFP-LINT-DATA-COMPANY",
    zip: packageZip({
      manifest: manifest(entity({ label: "Windmills", target: "", maps: [map("FROMCOMPANY")] })),
      data: "FROMCOMPANY\r\nUSMF\r\nDEMF\r\n",
    }),
    companions: ["DMFP-LINT-ENTITY-UNKNOWN"],
  },
  { rule: "DMFP-LINT-DATA-KEY-TWICE", zip: packageZip({ data: `${csv}a ,Again\r\n` }) },
  {
    rule: "DMFP-LINT-DATA-KEY-TWICE",
    how: "XML attributes",
    zip: xml(
      '<Document><CUSTCUSTOMERGROUPENTITY CUSTOMERGROUPID="A" DESCRIPTION="x" /><CUSTCUSTOMERGROUPENTITY CUSTOMERGROUPID="A" DESCRIPTION="y" /></Document>',
      "XML-Attribute",
    ),
  },
  { rule: "DMFP-LINT-DATA-LONG", zip: packageZip({ data: `${csv}C,${"x".repeat(32_769)}\r\n` }) },
  { rule: "DMFP-LINT-JOURNAL-BATCH", zip: journal(journalMaps, journalLines(10_001, 10)) },
  { rule: "DMFP-LINT-JOURNAL-VOUCHER", zip: journal(journalMaps, journalLines(22, 11)) },
  { rule: "DMFP-LINT-CSV-SEP", zip: packageZip({ data: `sep=,\r\n${csv}` }) },
  { rule: "DMFP-LINT-CSV-DELIMITER", zip: packageZip({ data: csv.replaceAll(",", ";") }) },
  { rule: "DMFP-LINT-CSV-DELIMITER", how: "tab", zip: packageZip({ data: csv.replaceAll(",", "\t") }) },
  { rule: "DMFP-LINT-CSV-HEADER-MISSING", zip: packageZip({ data: "A,First\r\nB,Second\r\n" }) },
  {
    rule: "DMFP-LINT-CSV-HEADER-BLANK",
    zip: packageZip({ data: "CUSTOMERGROUPID,DESCRIPTION,\r\nA,First,\r\n" }),
  },
  {
    rule: "DMFP-LINT-CSV-HEADER-TWICE",
    zip: packageZip({ data: "CUSTOMERGROUPID,DESCRIPTION,DESCRIPTION\r\nA,First,x\r\n" }),
  },
  { rule: "DMFP-LINT-CSV-LINE-END", zip: packageZip({ data: csv.replaceAll("\r\n", "\n") }) },
  {
    rule: "DMFP-LINT-CSV-LINE-END",
    how: "one line",
    zip: packageZip({ data: csv.replace("First\r\n", "First\n") }),
  },
  {
    rule: "DMFP-LINT-CSV-LINE-END",
    how: "last line",
    zip: packageZip({ data: csv.replace("Second\r\n", "Second\n") }),
  },
  { rule: "DMFP-LINT-CSV-LINE-END", how: "CR", zip: packageZip({ data: csv.replaceAll("\r\n", "\r") }) },
  { rule: "DMFP-LINT-CSV-ROW-WIDTH", zip: packageZip({ data: `${csv}C,Third,too much\r\nD\r\n` }) },
  { rule: "DMFP-LINT-CSV-BLANK-LINE", zip: packageZip({ data: csv.replace("First\r\n", "First\r\n\r\n") }) },
  { rule: "DMFP-LINT-CSV-BLANK-LINE", how: "at the end", zip: packageZip({ data: `${csv}\r\n` }) },
  { rule: "DMFP-LINT-CSV-BLANK-LINE", how: "at the beginning", zip: packageZip({ data: `\r\n${csv}` }) },
  { rule: "DMFP-LINT-CSV-QUOTE", zip: packageZip({ data: `${csv}C,"Third\r\nD,Fourth\r\n` }) },
  { rule: "DMFP-LINT-CSV-QUOTE", how: "at the end", zip: packageZip({ data: `${csv}C,"Third\r\n` }) },
  { rule: "DMFP-LINT-CSV-QUALIFIER", zip: packageZip({ data: `${csv}C,"4"" pipe"\r\n` }) },
  { rule: "DMFP-LINT-CSV-DELIMITER-INSIDE", zip: packageZip({ data: `${csv}C,"a, b"\r\n` }) },
  { rule: "DMFP-LINT-CSV-LINE-BREAK", zip: packageZip({ data: `${csv}C,"a\nb"\r\nD,x\r\n` }) },
  { rule: "DMFP-LINT-CSV-CONTROL", zip: packageZip({ data: `${csv}C,a\u0007b\r\n` }) },
  { rule: "DMFP-LINT-XML", zip: xml(`<Document>${record}`) },
  {
    rule: "DMFP-LINT-XML",
    how: "control character",
    zip: xml(`<Document>${record.replace("First", "a&#7;b")}</Document>`),
  },
  {
    rule: "DMFP-LINT-XML-DOCTYPE",
    zip: xml(`<!DOCTYPE Document [<!ENTITY a "b">]><Document>${record}</Document>`),
  },
  { rule: "DMFP-LINT-XML-ROOT", zip: xml(`<Records>${record}</Records>`) },
  {
    rule: "DMFP-LINT-XML-RECORD",
    zip: xml(
      `<Document>${record.replaceAll("CUSTCUSTOMERGROUPENTITY", "CUSTCUSTOMERGROUPSTAGING")}</Document>`,
    ),
  },
  {
    rule: "DMFP-LINT-XML-RECORD-CASE",
    zip: xml(
      `<Document>${record.replaceAll("CUSTCUSTOMERGROUPENTITY", "CustCustomerGroupEntity")}</Document>`,
    ),
  },
  { rule: "DMFP-LINT-XML-LAYOUT", zip: xml(`<Document>${record}</Document>`, "XML-Attribute") },
  {
    rule: "DMFP-LINT-XML-LAYOUT",
    how: "attributes",
    zip: xml('<Document><CUSTCUSTOMERGROUPENTITY CUSTOMERGROUPID="A" DESCRIPTION="x" /></Document>'),
  },
  {
    rule: "DMFP-LINT-XML-NESTED",
    zip: xml(
      `<Document>${record.replace("</CUSTCUSTOMERGROUPENTITY>", "<LINE><A>1</A></LINE></CUSTCUSTOMERGROUPENTITY>")}</Document>`,
    ),
  },
  {
    rule: "DMFP-LINT-XML-FIELD-TWICE",
    zip: xml(
      `<Document>${record.replace("<DESCRIPTION>", "<DESCRIPTION>x</DESCRIPTION><DESCRIPTION>")}</Document>`,
    ),
  },
  { rule: "DMFP-LINT-XML-TEXT", zip: xml(`<Document>some text${record}</Document>`) },
  {
    rule: "DMFP-LINT-XML-SIZE",
    zip: xml(`<Document>${"<A>".repeat(40)}${"</A>".repeat(40)}</Document>`),
    companions: ["DMFP-LINT-XML-RECORD", "DMFP-LINT-XML-NESTED"],
  },
  {
    rule: "DMFP-LINT-EXCEL",
    zip: excel(
      "Other$",
      workbook([
        ["CUSTOMERGROUPID", "DESCRIPTION"],
        ["A", "x"],
      ]),
    ),
    companions: [...excelNote],
  },
  {
    rule: "DMFP-LINT-EXCEL",
    how: "damaged",
    zip: excel("", workbook([["A"]]).subarray(0, 200)),
    companions: [...excelNote],
  },
  {
    rule: "DMFP-LINT-EXCEL-NOT-READ",
    zip: excel(
      "Customer_groups$",
      workbook([
        ["CUSTOMERGROUPID", "DESCRIPTION"],
        ["A", "x"],
      ]),
    ),
  },
  {
    rule: "DMFP-LINT-DATA-COLUMN-ABSENT",
    how: "Excel",
    zip: excel("", workbook([["CUSTOMERGROUPID"], ["A"]])),
    companions: [...excelNote],
  },
];
