import { mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { EntityCatalogue } from "../../src/entity/catalogue.ts";
import { readStagingErrorFile, readTargetKeysFile, type ErrorFile } from "../../src/rejection/error-file.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "dmfpipe-error-file-"));
const schemaOf = (label: string) => {
  const schema = EntityCatalogue.builtIn().find(label);
  if (schema === undefined) throw new Error(label);
  return schema;
};
let files = 0;

function write(content: Buffer | string): string {
  const file = path.join(folder, String(files++));
  writeFileSync(file, content);
  return file;
}

async function idsOf(file: ErrorFile): Promise<readonly (readonly string[])[]> {
  if (!file.understood) throw new Error(file.why);
  return await Array.fromAsync(file.ids);
}

const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, "utf16le");
const vendors = { schema: schemaOf("Vendors V2"), fields: ["VENDORACCOUNTNUMBER", "VENDORORGANIZATIONNAME"] };
const rates = {
  schema: schemaOf("Exchange rates"),
  fields: ["RATETYPENAME", "FROMCURRENCY", "TOCURRENCY", "STARTDATE", "RATE"],
};

describe("the staging error file, whose layout nobody documents", () => {
  test.each([
    [
      "as the data file",
      utf16('VENDORACCOUNTNUMBER,VENDORORGANIZATIONNAME\r\nV1,"Müller, Söhne"\r\nV2,x\r\n'),
    ],
    [
      "columns in another order, semicolons, UTF-8",
      "VendorOrganizationName;VendorAccountNumber\nMüller;V1\nx;V2\n",
    ],
    [
      "tabs in UTF-16, where halves of two characters look like one more",
      utf16("VENDORACCOUNTNUMBER\tNAME\r\nV1\t\u0904\u{1F600}\r\nV2\tx\r\n"),
    ],
    ["with a byte order mark and tabs", "\uFEFFVENDORACCOUNTNUMBER\tERROR\nV1\ttoo long\nV2\t\n"],
    ["without a header", utf16("V1,Müller\r\nV2,x\r\n")],
    [
      "XML with elements, in the image of the data file",
      '<?xml version="1.0"?><Document><VENDVENDORV2ENTITY><VENDORACCOUNTNUMBER>V1</VENDORACCOUNTNUMBER><X/></VENDVENDORV2ENTITY><VENDVENDORV2ENTITY><X/><VENDORACCOUNTNUMBER>V2</VENDORACCOUNTNUMBER></VENDVENDORV2ENTITY></Document>',
    ],
    [
      "XML with attributes, UTF-16",
      utf16(
        '<Document>\r\n<V X="a" VENDORACCOUNTNUMBER="V1" />\r\n<V VENDORACCOUNTNUMBER="V2" />\r\n</Document>',
      ),
    ],
    ["UTF-16, big-endian", utf16("VENDORACCOUNTNUMBER|X\r\nV1|a\r\nV2|ü\r\n").swap16()],
    ["vertical bars, everything quoted", '"VENDORACCOUNTNUMBER"|"X"\n"V1"|"a|b"\n"V2"|"c\nd"\n'],
    ["quotes that enclose nothing", 'VENDORACCOUNTNUMBER,X\nV1,"five inches\nV2,6\n'],
    ["Windows-1252", Buffer.from("NAME;VENDORACCOUNTNUMBER\nMüller;V1\nSöhne;V2\n", "latin1")],
    ["the key alone, without a header", "V1\r\nV2\r\n"],
    [
      "XML that nobody has seen: deeper, with prefixes, other case, attributes and elements mixed",
      '<?xml version="1.0"?><e:Errors xmlns:e="u"><e:Batch No="1"><e:Row><VendorAccountNumber><![CDATA[V1]]></VendorAccountNumber><e:Error>x</e:Error></e:Row><Row vendoraccountnumber="V2"/></e:Batch></e:Errors>',
    ],
    ["UTF-16 without a byte order mark", Buffer.from("VENDORACCOUNTNUMBER,X\r\nV1,a\r\nV2,b\r\n", "utf16le")],
  ])("%s", async (_name, content) => {
    expect(await idsOf(await readStagingErrorFile({ path: write(content), ...vendors }))).toEqual([
      ["V1"],
      ["V2"],
    ]);
  });

  test("a key of several fields comes in key order", async () => {
    const file = write(
      "RATE,TOCURRENCY,FROMCURRENCY,RATETYPENAME,STARTDATE\n1,USD,EUR,Default,2026-01-01 00:00:00\n",
    );
    expect(await idsOf(await readStagingErrorFile({ path: file, ...rates }))).toEqual([
      ["Default", "EUR", "USD", "2026-01-01 00:00:00"],
    ]);
  });

  test("a key whose column has another name in the package is found by that", async () => {
    const columnNames = new Map([["VENDORACCOUNTNUMBER", "NO"]]);
    const text = write("NO,VENDORORGANIZATIONNAME\nV1,One\n");
    expect(await idsOf(await readStagingErrorFile({ path: text, ...vendors, columnNames }))).toEqual([
      ["V1"],
    ]);
    const xml = write('<Document><VENDVENDORV2ENTITY NO="V1" /></Document>');
    expect(await idsOf(await readStagingErrorFile({ path: xml, ...vendors, columnNames }))).toEqual([["V1"]]);
  });

  test("what cannot be understood is said to be so", async () => {
    const xml = await readStagingErrorFile({ path: write("<Errors><E text='x'/></Errors>"), ...vendors });
    expect(xml).toEqual({
      understood: false,
      why: "it is XML whose records do not hold the key of the entity",
    });
    const broken = await readStagingErrorFile({ path: write("<Document><V>"), ...vendors });
    expect(broken.understood ? "" : broken.why).toMatch(/^it is XML that cannot be read \(.+\)$/);
    const workbook = Buffer.from("504b030414000600", "hex");
    for (const read of [readStagingErrorFile, readTargetKeysFile]) {
      expect(await read({ path: write(workbook), ...vendors })).toMatchObject({
        understood: false,
        why: expect.stringContaining("Excel") as string,
      });
    }
    const odd = await readStagingErrorFile({ path: write("one,two,three\n1,2,3\n"), ...vendors });
    expect(odd).toMatchObject({ understood: false });
  });

  test("it is said how a file was read", async () => {
    const layoutOf = async (content: Buffer | string): Promise<string> => {
      const read = await readStagingErrorFile({ path: write(content), ...vendors });
      return read.understood ? read.layout : read.why;
    };
    expect(await layoutOf(utf16("VENDORACCOUNTNUMBER\tX\r\nV1\t\r\n"))).toBe(
      "UTF-16, separated by tabs, with a header",
    );
    expect(await layoutOf("V1,x\n")).toBe("UTF-8, separated by commas, without a header");
    expect(await layoutOf('<D><V VENDORACCOUNTNUMBER="V1" /></D>')).toBe("UTF-8, XML");
  });

  test("an empty file names nobody", async () => {
    expect(await idsOf(await readStagingErrorFile({ path: write(""), ...vendors }))).toEqual([]);
  });
});

describe("the target error keys file, whose layout nobody documents", () => {
  test.each([
    ["one key a line", "V1\r\nV2\r\n", [["V1"], ["V2"]]],
    ["with a header", "VENDORACCOUNTNUMBER\nV1\nV2", [["V1"], ["V2"]]],
    ["in UTF-16", utf16("V1\r\nV2 \r\n"), [["V1"], ["V2"]]],
    ["each in quotes", '"V1"\r\n"V""2"\r\n', [["V1"], ['V"2']]],
    ["XML", '<Keys><Key VendorAccountNumber="V1"/></Keys>', [["V1"]]],
    ["a comma belongs to the key", "A,1\nA,2\n", [["A,1"], ["A,2"]]],
  ])("%s", async (_name, content, expected) => {
    expect(await idsOf(await readTargetKeysFile({ path: write(content), ...vendors }))).toEqual(expected);
  });
});
