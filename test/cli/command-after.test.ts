import { expect, test } from "vitest";
import { commandAfter } from "../../src/cli/command-after.ts";
import { DmfpipeError } from "../../src/errors/dmfpipe-error.ts";
import { errorRegistry, type ErrorCode } from "../../src/errors/registry.ts";

/** Where the advice is all there is to say: what is to be done is not done with dmfpipe, or it is nothing. */
const withoutCommand = new Set<string>([
  "DMFP-BUG",
  "DMFP-CORRECTED-FILE",
  "DMFP-ENVIRONMENT-UNKNOWN",
  "DMFP-ERROR-BUDGET",
  "DMFP-EXPORT-FAILED",
  "DMFP-FILE-EXISTS",
  "DMFP-LEDGER-NEWER",
  "DMFP-NOTHING-TO-DO",
  "DMFP-PACKAGE-REFUSED",
  "DMFP-RUN-FILE",
  "DMFP-RUN-OPEN",
  "DMFP-SANDBOX-SETUP",
  "DMFP-SANDBOX-START",
  "DMFP-UNBALANCED",
]);

test.each(Object.keys(errorRegistry) as ErrorCode[])("%s: a command to type, or a reason why not", (code) => {
  const error = new DmfpipeError(code, "Something.");
  const command = commandAfter(error, { command: "load", environment: undefined });
  const named = error.next.includes("dmfpipe ");
  expect(command === undefined).toBe(named || withoutCommand.has(code));
});

test("the environment is named as it was, the advice of the error itself goes first", () => {
  const given = { command: "load", environment: "uat" };
  expect(commandAfter(new DmfpipeError("DMFP-AUTH-ROLE", ""), given)).toBe("doctor --env uat");
  const at = { environment: "pro d" };
  expect(
    commandAfter(new DmfpipeError("DMFP-AUTH-ROLE", "", { at }), { ...given, environment: undefined }),
  ).toBe("doctor --env 'pro d'");
  expect(commandAfter(new DmfpipeError("DMFP-USAGE", ""), given)).toBe("load --help");
  expect(commandAfter(new DmfpipeError("DMFP-USAGE", "", { next: "dmfpipe runs" }), given)).toBeUndefined();
});
