import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Clock } from "../../errors/clock.ts";
import { isAllowedBlobHost } from "../blob-host.ts";
import { BlobStore } from "../blob-store.ts";
import { failedWith, type Examination, type Finding } from "./examination.ts";
import { examineHost, type HostOptions } from "./host-steps.ts";
import type { Tools } from "./tools.ts";

export interface BlobOptions extends Pick<HostOptions, "variables" | "clock"> {
  /** Whether a tiny blob is uploaded. */
  readonly write: boolean;
  readonly signal?: AbortSignal;
}

const titles = {
  host: "Blob store: allowed",
  validity: "Blob store: address valid",
  write: "Blob store: upload",
};

/**
 * The way of a package: an upload address, its host, how long it is good for, and with `write` a few bytes that go
 * there. F&O never hears of them: only ImportFromPackage would make it look.
 */
export async function examineBlobs(
  examination: Examination,
  tools: Tools,
  options: BlobOptions,
): Promise<void> {
  const { connection, api } = tools;
  let given = "";
  const obtained = await examination.step("write-url", "Blob store: upload address", async () => {
    given = await api.getAzureWriteUrl(`dmfpipe-doctor-${randomUUID()}.txt`);
    return { state: "ok", message: `GetAzureWriteUrl gives an address on ${new URL(given).host}.` };
  });
  if (!obtained) {
    examination.skip("blob-upload", titles.write, "There is no address to upload to.");
    return;
  }
  const address = new URL(given);
  const allowed = await examination.step("blob-host", titles.host, () => {
    if (isAllowedBlobHost(address, connection.blobHosts)) {
      return { state: "ok", message: `Packages may go to ${address.host}.` };
    }
    return failedWith(
      "DMFP-BLOB-HOST",
      `${address.protocol}//${address.host} is not an allowed blob store.`,
      `If the host is right, add it to the environment in project.yaml: blobHosts: [${address.host}]`,
    );
  });
  const setting = "what the environment says its blob store is";
  const reached =
    allowed &&
    (await examineHost(examination, { ...options, id: "blob", title: "Blob store", address, setting }));
  if (!reached) {
    const because = allowed
      ? "The host cannot be reached."
      : "Nothing is sent to a host that is not allowed.";
    examination.skip("blob-upload", titles.write, because);
    return;
  }
  const valid = await examination.step("blob-validity", titles.validity, () =>
    validityFinding(address, options.clock),
  );
  if (!valid) {
    examination.skip("blob-upload", titles.write, "The address is not valid.");
    return;
  }
  if (!options.write) {
    examination.skip(
      "blob-upload",
      titles.write,
      "Only with --write: a few bytes are uploaded, which expire there.",
    );
    return;
  }
  await examination.step("blob-upload", titles.write, () => uploadFinding(given, tools, options.signal));
}

/** Times and permissions of a shared access signature, as Azure Storage documents them. */
function validityFinding(address: URL, clock: Clock): Finding {
  const [start, end] = ["st", "se"].map((name) => Date.parse(address.searchParams.get(name) ?? ""));
  const permissions = address.searchParams.get("sp") ?? "";
  const now = clock.now();
  const clockFix = "Check the clock of this machine; if it is right, the environment's is not.";
  if (start !== undefined && start > now) {
    return failedWith("DMFP-BLOB-REFUSED", `The address is good only from ${iso(start)} on.`, clockFix);
  }
  if (end !== undefined && end <= now) {
    return failedWith(
      "DMFP-BLOB-REFUSED",
      `The address has ended at ${iso(end)}, before it was used.`,
      clockFix,
    );
  }
  if (permissions !== "" && !/[wc]/.test(permissions)) {
    return failedWith(
      "DMFP-BLOB-REFUSED",
      `The address may not be written to (permissions ${permissions}).`,
      "Ask Microsoft support: GetAzureWriteUrl has to give a writable address.",
    );
  }
  if (end === undefined || Number.isNaN(end))
    return { state: "ok", message: "It does not say when it ends." };
  const minutes = Math.floor((end - now) / 60_000);
  return { state: "ok", message: `Good for ${minutes} minutes, until ${iso(end)}.` };
}

async function uploadFinding(given: string, { connection }: Tools, signal?: AbortSignal): Promise<Finding> {
  const folder = await mkdtemp(path.join(tmpdir(), "dmfpipe-doctor-"));
  try {
    const file = path.join(folder, "doctor.txt");
    await writeFile(
      file,
      "dmfpipe doctor: whether this blob store can be written to. No import reads this.\n",
    );
    const blobs = new BlobStore({
      environment: connection.name,
      blobHosts: connection.blobHosts,
      timeoutMs: 60_000,
      ...(signal === undefined ? {} : { signal }),
    });
    await blobs.upload(file, given);
    return {
      state: "ok",
      message: "A few bytes were uploaded. Nothing imports them; F&O removes them after days.",
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
