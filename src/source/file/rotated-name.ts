/**
 * Recognizes names of rotated files: "auth.log.1", "auth.log.2.gz", "auth.log-20261123", "auth-20261123.log",
 * "auth.log.old" (logrotate's default, `dateext`, `extension`; newsyslog and log4j use the same forms).
 */
import { basename, dirname, extname, join } from "node:path";

/** Extensions of compressed files: never a log that is written to. */
const COMPRESSED = /\.(?:gz|xz|bz2|zst|lz4|lzma|Z)$/;
/** Those whose text is read. */
const READABLE = /\.(?:gz|zst)$/;
const MARK = /^[.-](?:\d[\d_.:T-]*|old)$/;

export function isCompressedName(name: string): boolean {
  return COMPRESSED.test(name);
}

/** Returns whether the text of a compressed file is read. */
export function isReadableArchive(name: string): boolean {
  return READABLE.test(name);
}

/** Returns the name of a file before it was compressed. */
export function uncompressedName(name: string): string {
  return name.replace(COMPRESSED, "");
}

/** Returns whether `path` is a rotated file of `base`. Both are paths. */
export function isRotatedName(path: string, base: string): boolean {
  return rotatedFrom(path).includes(base);
}

/** Paths that `path` may have had before rotation: each rotation mark in its name removed. */
export function rotatedFrom(path: string): readonly string[] {
  const name = uncompressedName(basename(path));
  const extension = extname(name);
  const end = name.length - extension.length;
  const originals: string[] = [];
  for (let at = 1; at < name.length; at++) {
    if (name[at] !== "." && name[at] !== "-") continue;
    if (MARK.test(name.slice(at))) originals.push(name.slice(0, at));
    if (extension !== "" && at < end && MARK.test(name.slice(at, end)))
      originals.push(name.slice(0, at) + extension);
  }
  return originals.map((original) => join(dirname(path), original));
}
