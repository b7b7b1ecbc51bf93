/** Decides from the kind of file system whether a page of a mapped file can be written on a full disk. */
import { statfsSync } from "node:fs";

/**
 * Types of ext2 to ext4, XFS and tmpfs, which write to the blocks that a file has, and of overlayfs, which is mostly on
 * one of these and does not tell.
 */
const IN_PLACE: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x01021994, 0x794c7630]);

/**
 * Returns false where a written page may need a new block, as on btrfs: without room the kernel ends a process that
 * writes to a mapped file (SIGBUS). Others are taken for such file systems.
 */
export function overwritesInPlace(folder: string): boolean {
  return IN_PLACE.has(statfsSync(folder).type);
}
