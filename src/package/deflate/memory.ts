/*
 * Where things stand in the memory, in bytes. Tables of 32-bit numbers, except where said.
 */

/** How often each literal and length occurs in a block, and behind them each distance. */
export const frequencies: usize = 1024;
export const distanceFrequencies: usize = frequencies + 288 * 4;
/** The code of each literal and length (the length of the code above its 16 bits), and of each distance. */
export const codes: usize = 4096;
export const distanceCodes: usize = codes + 288 * 4;
/** The same of the lengths of codes. */
export const lengthFrequencies: usize = 8192;
export const lengthCodes: usize = lengthFrequencies + 128;
/** For making a code: the symbols that occur, how often, how many codes have each length, the next code of each. */
export const symbols: usize = 10 * 1024;
export const weights: usize = symbols + 2048;
export const lengthCounts: usize = weights + 2048;
export const nextCodes: usize = lengthCounts + 512;
/** Lengths of codes, run-length coded: two bytes each, the symbol and how many more there are. */
export const runs: usize = 16 * 1024;
/** For each length of a match from 3 to 258: its symbol, above that its extra bits (4 bits), and the base (16 bits). */
export const lengthSymbols: usize = 24 * 1024;
/* Constants of the compiler stand at 32 KiB; see memoryBase in asconfig.json. */

/** For each hash the two last places that have it. */
export const places: usize = 64 * 1024;
export const hashBits: i32 = 14;
/**
 * The block under construction. A literal is its byte; a match has its length above 16 bits, and below the distance
 * less one.
 */
export const tokens: usize = 256 * 1024;
export const mostTokens: i32 = 16 * 1024;
/** For reading again what was written; see symbol-table.ts. */
export const literalTable: usize = 384 * 1024;
export const distanceTable: usize = literalTable + 4096;
export const lengthsRead: usize = distanceTable + 4096;
export const nextPlaces: usize = lengthsRead + 512;
/** The piece, and what becomes of it. */
export const input: usize = 1024 * 1024;
export const output: usize = 2 * 1024 * 1024;

export function numberAt(table: usize, index: i32): u32 {
  return load<u32>(table + ((<usize>index) << 2));
}

export function put(table: usize, index: i32, value: u32): void {
  store<u32>(table + ((<usize>index) << 2), value);
}

export function increase(table: usize, index: i32): void {
  put(table, index, numberAt(table, index) + 1);
}
