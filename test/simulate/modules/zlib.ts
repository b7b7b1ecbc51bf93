/**
 * Replaces node:zlib for the daemon. Archives are decompressed without the thread pool, whose results come in a varying
 * order.
 */
import { Transform } from "node:stream";
import * as real from "node:zlib";

export const constants: typeof real.constants = real.constants;
export const gunzipSync: typeof real.gunzipSync = real.gunzipSync;
export const zstdCompressSync: typeof real.zstdCompressSync = real.zstdCompressSync;
export const zstdDecompressSync: typeof real.zstdDecompressSync = real.zstdDecompressSync;

export function createGunzip(): Transform {
  const packed: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      packed.push(chunk);
      done();
    },
    flush(done) {
      try {
        this.push(gunzipSync(Buffer.concat(packed), { finishFlush: constants.Z_SYNC_FLUSH }));
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}
