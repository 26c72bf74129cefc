import { parentPort } from "node:worker_threads";
import { deflatePiece } from "./deflate-piece.js";

/*
 * A thread that deflates: says that it is there, takes pieces in shared memory, one after the other, and answers each
 * with the number of bytes it became. See DeflateThread.
 */
parentPort?.on("message", (/** @type {{ room: Uint8Array, sizeBytes: number }} */ { room, sizeBytes }) => {
  const bytes = Buffer.from(room.buffer, room.byteOffset, room.length);
  parentPort?.postMessage(deflatePiece(bytes, sizeBytes));
});
parentPort?.postMessage("ready");
