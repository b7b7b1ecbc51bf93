/**
 * Names that log rotation gives to old files: "auth.log.1", "auth.log.2.gz", "auth.log-20261123", "auth-20261123.log",
 * "auth.log.old" (logrotate's default, `dateext`, `extension`; newsyslog and log4j write the same forms).
 */
import { basename, dirname, extname } from "node:path";

/** Endings of compressed files: never a log that is written to. */
const COMPRESSED = /\.(?:gz|xz|bz2|zst|lz4|lzma|Z)$/;
const MARK = /^[.-](?:\d[\d_.:T-]*|old)$/;

export function isCompressedName(name: string): boolean {
  return COMPRESSED.test(name);
}

/** Whether `path` is what the rotation of `base` leaves behind. Both are paths. */
export function isRotatedName(path: string, base: string): boolean {
  if (path === base || dirname(path) !== dirname(base)) return false;
  const name = basename(path).replace(COMPRESSED, "");
  const original = basename(base);
  if (name.startsWith(original) && MARK.test(name.slice(original.length))) return true;
  const extension = extname(original);
  const stem = basename(original, extension);
  return (
    extension !== "" &&
    name.startsWith(stem) &&
    name.endsWith(extension) &&
    name.length > original.length &&
    MARK.test(name.slice(stem.length, name.length - extension.length))
  );
}
