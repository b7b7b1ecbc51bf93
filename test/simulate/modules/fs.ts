/**
 * Replaces node:fs for the daemon. Paths below `SIMULATED` are on the simulated machine; all others are real (the
 * configuration, the shipped filters, the database).
 */
import * as real from "node:fs";
import { Readable } from "node:stream";
import { EventEmitter } from "node:events";
import { type FileSystem, type Inode } from "../world/file-system.ts";
import { systemError } from "../world/system-error.ts";
import { machine } from "./machine.ts";

/** Functions that the daemon calls only with real paths. */
export const appendFileSync: typeof real.appendFileSync = real.appendFileSync;
export const chmodSync: typeof real.chmodSync = real.chmodSync;
export const chownSync: typeof real.chownSync = real.chownSync;
export const constants: typeof real.constants = real.constants;
export const copyFileSync: typeof real.copyFileSync = real.copyFileSync;
export const fchmodSync: typeof real.fchmodSync = real.fchmodSync;
export const fchownSync: typeof real.fchownSync = real.fchownSync;
export const fsyncSync: typeof real.fsyncSync = real.fsyncSync;
export const globSync: typeof real.globSync = real.globSync;
export const linkSync: typeof real.linkSync = real.linkSync;
export const mkdirSync: typeof real.mkdirSync = real.mkdirSync;
export const mkdtempSync: typeof real.mkdtempSync = real.mkdtempSync;
export const renameSync: typeof real.renameSync = real.renameSync;
export const rmSync: typeof real.rmSync = real.rmSync;
export const unlinkSync: typeof real.unlinkSync = real.unlinkSync;
export const utimesSync: typeof real.utimesSync = real.utimesSync;
export const writeFileSync: typeof real.writeFileSync = real.writeFileSync;
export const writeSync: typeof real.writeSync = real.writeSync;

/** Directory of the simulated logs. */
export const SIMULATED = "/var/log";
/** Directory of a journal in memory, which the simulated machine does not have. */
const VOLATILE = "/run/log";
const DEVICE = 64_769n;
const HANDLE = "/proc/self/fd/";

/** Returns the simulated file system if the path is in it. */
function filesAt(path: unknown): FileSystem | undefined {
  if (typeof path !== "string") return undefined;
  const isInside = [SIMULATED, VOLATILE].some((top) => path === top || path.startsWith(`${top}/`));
  if (!isInside && !isHandle(path)) return undefined;
  machine().onUse();
  return machine().files;
}

function isHandle(path: string): boolean {
  return path.startsWith(HANDLE) && machine().files.isOpen(Number(path.slice(HANDLE.length)));
}

function filesOf(descriptor: number): FileSystem | undefined {
  if (!machine().files.isOpen(descriptor)) return undefined;
  machine().onUse();
  return machine().files;
}

interface StatOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

type AnyStats = real.Stats | real.BigIntStats | undefined;

function describe(inode: Inode, { bigint }: StatOptions = {}): AnyStats {
  const numbers = {
    dev: DEVICE,
    ino: BigInt(inode.number),
    mode: BigInt(inode.mode),
    nlink: BigInt(inode.links),
    uid: BigInt(inode.owner),
    gid: 4n,
    size: BigInt(inode.size),
    mtimeMs: BigInt(Math.floor(inode.changed)),
    birthtimeMs: BigInt(Math.floor(inode.born)),
  };
  const kinds = {
    isFile: () => inode.kind === "file",
    isDirectory: () => inode.kind === "folder",
    isSymbolicLink: () => inode.kind === "link",
  };
  const nanoseconds = {
    mtimeNs: numbers.mtimeMs * 1_000_000n,
    birthtimeNs: numbers.birthtimeMs * 1_000_000n,
  };
  if (bigint === true) return Object.assign({}, numbers, nanoseconds, kinds) as real.BigIntStats;
  const plain = Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, Number(value)]),
  );
  return Object.assign(plain, kinds) as unknown as real.Stats;
}

function statIn(
  files: FileSystem,
  path: string,
  options: StatOptions | undefined,
  last: "follow" | "keep",
): AnyStats {
  const inode = files.find(path, last);
  if (inode !== undefined) return describe(inode, options);
  if (options?.throwIfNoEntry === false) return undefined;
  throw systemError("ENOENT", last === "keep" ? "lstat" : "stat", path);
}

export function statSync(path: string, options?: StatOptions): AnyStats {
  const files = filesAt(path);
  return files === undefined
    ? real.statSync(path, options)
    : statIn(files, path, options, "follow");
}

export function lstatSync(path: string, options?: StatOptions): AnyStats {
  const files = filesAt(path);
  return files === undefined ? real.lstatSync(path, options) : statIn(files, path, options, "keep");
}

export function fstatSync(descriptor: number, options?: StatOptions): AnyStats {
  const files = filesOf(descriptor);
  if (files === undefined) return real.fstatSync(descriptor, options as { bigint: false });
  return describe(files.opened(descriptor), options);
}

/** Returns the space of the disk, of which the simulated one has enough for its logs. */
export function statfsSync(path: string): { readonly bfree: number; readonly blocks: number } {
  return filesAt(path) === undefined ? real.statfsSync(path) : { bfree: 1000, blocks: 2000 };
}

export function openSync(path: string, flags: string | number, mode?: number): number {
  return filesAt(path)?.open(path) ?? real.openSync(path, flags, mode);
}

export function readSync(
  descriptor: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: number,
): number {
  const files = filesOf(descriptor);
  if (files === undefined) return real.readSync(descriptor, buffer, offset, length, position);
  const { data, size } = files.opened(descriptor);
  const end = Math.min(size, position + length);
  return end <= position ? 0 : data.copy(buffer, offset, position, end);
}

export function closeSync(descriptor: number): void {
  const files = filesOf(descriptor);
  if (files === undefined) real.closeSync(descriptor);
  else files.close(descriptor);
}

export function readdirSync(path: string, options?: object): unknown {
  const files = filesAt(path);
  return files === undefined ? real.readdirSync(path, options) : [...files.list(path)];
}

export function readFileSync(path: string | number, options?: "utf8"): string | Buffer {
  const files = filesAt(path);
  if (files === undefined)
    return options === undefined ? real.readFileSync(path) : real.readFileSync(path, options);
  const inode = files.find(String(path));
  if (inode === undefined) throw systemError("ENOENT", "open", String(path));
  const content = files.contentOf(inode);
  return options === undefined ? content : content.toString(options);
}

export function readlinkSync(path: string): string {
  const files = filesAt(path);
  if (files === undefined) return real.readlinkSync(path);
  const inode = files.find(path, "keep");
  if (inode === undefined) throw systemError("ENOENT", "readlink", path);
  if (inode.kind !== "link") throw systemError("EINVAL", "readlink", path);
  return inode.target;
}

export function realpathSync(path: string): string {
  return filesAt(path)?.realPath(path) ?? real.realpathSync(path);
}

export function existsSync(path: string): boolean {
  const files = filesAt(path);
  return files === undefined ? real.existsSync(path) : files.find(path) !== undefined;
}

export function accessSync(path: string, what?: number): void {
  const files = filesAt(path);
  if (files === undefined) return real.accessSync(path, what);
  const inode = files.find(path);
  if (inode === undefined) throw systemError("ENOENT", "access", path);
  const wanted = (what ?? 0) * 0o111;
  if ((inode.mode & wanted) === 0 && wanted !== 0) throw systemError("EACCES", "access", path);
}

/** Returns a stream of the whole file. */
export function createReadStream(path: string, options?: { readonly fd?: number }): Readable {
  const { fd } = options ?? {};
  const files = fd === undefined ? filesAt(path) : filesOf(fd);
  if (files === undefined) return real.createReadStream(path, options);
  const inode = fd === undefined ? files.find(path) : files.opened(fd);
  if (inode === undefined) throw systemError("ENOENT", "open", path);
  const stream = Readable.from([files.contentOf(inode)]);
  if (fd !== undefined) stream.once("close", () => void (files.isOpen(fd) && files.close(fd)));
  return stream;
}

export function watch(
  path: string,
  onEvent: (event: "rename" | "change", name: string | null) => void,
): real.FSWatcher {
  const files = filesAt(path);
  if (files === undefined) return watchReal(path, onEvent);
  const stop = files.watch(path, onEvent);
  return Object.assign(new EventEmitter(), { close: stop }) as unknown as real.FSWatcher;
}

/**
 * Watches a real directory. Directories above the logs (/, /var) do not change in a simulation, but the real ones
 * would.
 */
function watchReal(
  path: string,
  onEvent: (event: "rename" | "change", name: string | null) => void,
): real.FSWatcher {
  if (!SIMULATED.startsWith(path === "/" ? "/" : `${path}/`)) return real.watch(path, onEvent);
  return Object.assign(new EventEmitter(), { close: () => undefined }) as unknown as real.FSWatcher;
}
