import { beginBits, endPiece, writtenBytes } from "./bit-writer";
import {
  distanceFrequencies,
  frequencies,
  hashBits,
  increase,
  input,
  lengthSymbols,
  mostTokens,
  numberAt,
  places,
  tokens,
} from "./memory";
import { beginBlock, distanceSymbol, listLengths, writeBlock } from "./write-block";

const windowBytes: i32 = 32 * 1024;
const shortestMatch: i32 = 4;
const longestMatch: i32 = 258;
/** A match of so many bytes is good enough not to look for a longer one. */
const goodMatch: i32 = 24;
/** Of the places inside a match every fourth is remembered. */
const rememberedInMatch: i32 = 4;
/** Words of eight bytes are looked at: so many bytes before the end of a piece no match is looked for. */
const lastBytes: i32 = 16;

export { unpacksTo } from "./unpacks-to";

listLengths();

/**
 * Deflates the piece of so many bytes that stands at `input`, into `output`: blocks of deflate (RFC 1951) that end at a
 * byte border, none of them the last of a stream. Returns how many bytes it became; 0 where it did not become smaller.
 * What becomes of it depends on the piece alone.
 *
 * Matches are looked for at the two last places where the same bytes stood, the same five of a text in UTF-8, the same six
 * (three characters) of one in UTF-16; and in that only at every other byte.
 */
export function deflate(sizeBytes: i32): i32 {
  const wide = isWide(sizeBytes);
  const step = wide ? 2 : 1;
  const unhashedBits: u64 = wide ? 16 : 24;
  const end = sizeBytes - lastBytes;
  beginBits();
  memory.fill(places, 0xff, 8 << hashBits);
  let at: i32 = 0;
  while (at < sizeBytes) {
    const full = tokens + ((<usize>mostTokens) << 2);
    let token = tokens;
    beginBlock();
    while (token < full && at < end) {
      const here = input + at;
      const word = load<u64>(here);
      const bucket = bucketOf(word << unhashedBits);
      const last = load<i32>(bucket);
      const before = load<i32>(bucket, 4);
      store<i32>(bucket, at);
      store<i32>(bucket, last, 4);
      const most = min(longestMatch, sizeBytes - at);
      let length = isNear(last, at, word) ? equalBytes(here, input + last, most) : 0;
      let distance = at - last;
      if (length < goodMatch && isNear(before, at, word)) {
        const other = equalBytes(here, input + before, most);
        if (other > length) {
          length = other;
          distance = at - before;
        }
      }
      // A match ends where a character does.
      length &= ~(step - 1);
      if (length < shortestMatch) {
        token = putLiteral(token, word);
        if (wide) token = putLiteral(token, word >> 8);
        at += step;
        continue;
      }
      store<u32>(token, ((<u32>length) << 16) | (<u32>(distance - 1)));
      token += 4;
      increase(frequencies, numberAt(lengthSymbols, length) & 0xfff);
      increase(distanceFrequencies, distanceSymbol(distance));
      const behind = min(at + length, end);
      for (let inside = at + step; inside < behind; inside += step * rememberedInMatch) {
        const place = bucketOf(load<u64>(input + inside) << unhashedBits);
        store<i32>(place, load<i32>(place), 4);
        store<i32>(place, inside);
      }
      at += length;
    }
    for (; token < full && at >= end && at < sizeBytes; at++) token = putLiteral(token, load<u8>(input + at));
    writeBlock(token);
    if (writtenBytes() >= sizeBytes) return 0;
  }
  endPiece();
  return writtenBytes() < sizeBytes ? writtenBytes() : 0;
}

/** Whether a piece looks like UTF-16 of a language with Latin letters: nearly every other byte is 0. */
function isWide(sizeBytes: i32): bool {
  const pairs = min(sizeBytes, 256) >> 1;
  let zeros: i32 = 0;
  for (let pair: i32 = 0; pair < pairs; pair++) if (load<u8>(input + ((<usize>pair) << 1), 1) == 0) zeros++;
  return zeros * 2 > pairs;
}

function bucketOf(hashed: u64): usize {
  return places + ((<usize>((hashed * 0x9e3779b97f4a7c15) >> (64 - hashBits))) << 3);
}

/** Whether a place is one that a match may begin at: there, in the window, and with the same first four bytes. */
function isNear(place: i32, at: i32, word: u64): bool {
  return place >= 0 && at - place <= windowBytes && load<u32>(input + place) == <u32>word;
}

/** How many bytes from two addresses on are the same, up to `most`. */
function equalBytes(here: usize, there: usize, most: i32): i32 {
  let count: i32 = 0;
  for (; count + 8 <= most; count += 8) {
    const different = load<u64>(here + count) ^ load<u64>(there + count);
    if (different != 0) return count + <i32>(ctz(different) >> 3);
  }
  while (count < most && load<u8>(here + count) == load<u8>(there + count)) count++;
  return count;
}

function putLiteral(token: usize, byte: u64): usize {
  const literal = (<u32>byte) & 0xff;
  store<u32>(token, literal);
  increase(frequencies, literal);
  return token + 4;
}
