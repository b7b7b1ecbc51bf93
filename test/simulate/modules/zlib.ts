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
  return unpackWhole((packed) => gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }));
}

export function createZstdDecompress(options: real.ZstdOptions): Transform {
  return unpackWhole((packed) => zstdDecompressSync(packed, options));
}

function unpackWhole(unpack: (packed: Buffer) => Buffer): Transform {
  const packed: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      packed.push(chunk);
      done();
    },
    flush(done) {
      try {
        this.push(unpack(Buffer.concat(packed)));
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}
