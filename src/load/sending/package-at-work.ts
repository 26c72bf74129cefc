import { AsyncLocalStorage } from "node:async_hooks";

const atWork = new AsyncLocalStorage<string>();

/**
 * Does work on a package. Whatever is called from there, however deep and beside whatever other packages, can ask
 * `packageAtWork` which one it is for: a request to F&O knows nothing of packages, and the log has to.
 */
export function workingOn<T>(packageKey: string, work: () => Promise<T>): Promise<T> {
  return atWork.run(packageKey, work);
}

/** Key of the package that is being worked on here, if any. */
export function packageAtWork(): string | undefined {
  return atWork.getStore();
}
