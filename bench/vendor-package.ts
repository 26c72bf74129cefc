import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipArchive } from "archiver";

const namespaces =
  'xmlns="http://schemas.microsoft.com/dynamics/2015/01/DataManagement" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';

const packageHeader =
  `<DataManagementPackageHeader ${namespaces}><Description>bench</Description>` +
  "<ManifestType>Microsoft.Dynamics.AX.Framework.Tools.DataManagement.Serialization.DataManagementPackageManifest</ManifestType>" +
  "<PackageType>DefinitionGroup</PackageType><PackageVersion>2</PackageVersion></DataManagementPackageHeader>";

const fields = [
  "VENDORACCOUNTNUMBER",
  "VENDORORGANIZATIONNAME",
  "VENDORSEARCHNAME",
  "VENDORPARTYTYPE",
  "VENDORGROUPID",
  "CURRENCYCODE",
  "ADDRESSCITY",
  "ADDRESSCOUNTRYREGIONID",
  "ADDRESSSTREET",
  "ADDRESSZIPCODE",
];

/** Set-up of an environment that can take the vendors. */
export const vendorSetup = { referenceData: { "Vendor groups": { "*": [{ VENDORGROUPID: "10" }] } } };

/**
 * Writes a package with so many vendors to a zip file. It is written by hand: the bench measures the sandbox, not our
 * own writer.
 */
export async function writeVendorPackage(file: string, count: number): Promise<void> {
  const archive = new ZipArchive();
  archive.append(Readable.from(vendorRows(count)), { name: "Vendors V2.csv" });
  archive.append(utf16(manifest()), { name: "Manifest.xml" });
  archive.append(utf16(packageHeader), { name: "PackageHeader.xml" });
  void archive.finalize();
  await pipeline(archive, createWriteStream(file));
}

function* vendorRows(count: number): Generator<Buffer> {
  yield utf16(`${fields.join(",")}\r\n`);
  let chunk = "";
  for (let number = 1; number <= count; number += 1) {
    const name = `Vendor ${number}`;
    const values = [
      `V${String(number).padStart(9, "0")}`,
      `${name} Trading GmbH`,
      name,
      "Organization",
      "10",
      "EUR",
    ];
    chunk += `${[...values, "Berlin", "DEU", `Hauptstraße ${number % 300}`, "10115"].join(",")}\r\n`;
    if (number % 500 !== 0 && number !== count) continue;
    yield Buffer.from(chunk, "utf16le");
    chunk = "";
  }
}

function utf16(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
}

function manifest(): string {
  const maps = fields.map(
    (field) =>
      `<EntityMap><ArrayIndex>0</ArrayIndex><EntityField>${field}</EntityField><XMLField>${field}</XMLField></EntityMap>`,
  );
  const entity = [
    `<EntityMapList>${maps.join("")}</EntityMapList>`,
    "<EntityName>Vendors V2</EntityName><ExecutionUnit>1</ExecutionUnit>",
    "<InputFilePath>Vendors V2.csv</InputFilePath><LevelInExecutionUnit>1</LevelInExecutionUnit>",
    "<RunBusinessLogic>true</RunBusinessLogic><RunBusinessValidation>true</RunBusinessValidation>",
    "<SequenceInLevel>1</SequenceInLevel><SourceFormat>CSV-Unicode</SourceFormat>",
  ];
  return `<DataManagementPackageManifest ${namespaces}><PackageEntityList><DataManagementPackageEntityData>${entity.join("")}</DataManagementPackageEntityData></PackageEntityList></DataManagementPackageManifest>`;
}
