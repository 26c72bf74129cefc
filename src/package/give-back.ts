/**
 * Gives the memory of a buffer back at once, instead of when garbage is next collected; nobody may look at it any more.
 * Buffers are little garbage and much memory: those of ten packages lay about where few other things are thrown away
 * (bench/memory.ts). One that shares its memory is left alone.
 */
export function giveBack(bytes: Buffer | undefined): void {
  const memory = bytes?.buffer;
  if (memory instanceof ArrayBuffer && memory.byteLength === bytes?.length) memory.transfer(0);
}
