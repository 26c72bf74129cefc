import { createRequire } from "node:module";

/**
 * Entry of the child process that runs Azurite's blob service. Its argument is the folder it stores in; without one it
 * stores in memory. It starts Azurite's own command line with a free port and tells the address on standard output, as
 * Azurite does. When the parent goes away, however it does, the IPC channel closes and Azurite shuts down in order:
 * no orphan is left, and its metadata is saved.
 */
const [node = "node", , folder] = process.argv;

// Ctrl-C in a terminal, and systemd, ask the parent and this process at once: it is the parent that has to end first, in
// its own words. (Once it has started, Azurite has ways of its own to take these.)
const signals = ["SIGINT", "SIGTERM"] as const;
const leaveToParent = (): void => undefined;
for (const signal of signals) process.on(signal, leaveToParent);

process.once("disconnect", () => {
  for (const signal of signals) process.removeListener(signal, leaveToParent);
  process.kill(process.pid, "SIGTERM");
});
// Azurite says goodbye on standard output, which is gone when the parent was killed.
process.stdout.on("error", () => undefined);

process.argv = [
  node,
  "azurite-blob",
  ...["--blobHost", "127.0.0.1", "--blobPort", "0"],
  ...(folder === undefined ? ["--inMemoryPersistence"] : ["--location", folder]),
  "--silent",
  "--loose",
  "--skipApiVersionCheck",
  "--disableTelemetry",
];
const load = createRequire(import.meta.url);

interface StorageErrors {
  getAuthorizationFailure(requestId: string | undefined): Error;
  getAuthenticationFailed(requestId: string | undefined, detail: string): Error;
}

// Azurite calls a shared access signature that has ended or does not fit AuthorizationFailure; Azure, and so F&O's
// storage, calls it AuthenticationFailed and adds a detail. Clients look at this code before they try again.
const { default: errors } = load("azurite/dist/src/blob/errors/StorageErrorFactory.js") as {
  default: StorageErrors;
};
errors.getAuthorizationFailure = (requestId) =>
  errors.getAuthenticationFailed(requestId, "Signature did not match, or is not valid in this time frame.");

load("azurite/dist/src/blob/main.js");
