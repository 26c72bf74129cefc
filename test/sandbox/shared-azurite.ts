import { Azurite } from "../../src/sandbox/azurite.ts";

let running: Promise<Azurite> | undefined;

/**
 * One Azurite for all tests of this process, which need containers or names of their own in it. It stores in memory,
 * and goes when the process goes.
 */
export function sharedAzurite(): Promise<Azurite> {
  return (running ??= Azurite.start());
}
