import { parentPort } from "node:worker_threads";
import { deflatePiece } from "./deflate-piece.js";

/*
 * A thread that deflates: takes pieces in shared memory, one after the other, and answers each with the number of bytes
 * it became. See DeflateThread.
 */
parentPort?.on("message", (/** @type {{ piece: Uint8Array, into: Uint8Array }} */ { piece, into }) => {
  parentPort?.postMessage(deflatePiece(bufferOf(piece), bufferOf(into)));
});

/**
 * @param {Uint8Array} bytes
 * @returns {Buffer} the same memory
 */
function bufferOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
