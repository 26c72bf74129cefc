// Run as a process of its own by package-writer.test.ts: builds a package in the folder that is named and
// prints its SHA-256. Time zone, language and umask are those of the process.
import { PackageWriter } from "../../src/package/package-writer.ts";
import { sampleOptions, sampleRecord } from "./sample-package.ts";

process.umask(Number(process.argv[3] ?? "0"));
const writer = await PackageWriter.open(sampleOptions(process.argv[2] ?? "."));
for (let number = 1; number <= 20_000; number += 1) await writer.write(sampleRecord(number));
process.stdout.write((await writer.close()).sha256);
