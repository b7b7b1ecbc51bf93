/**
 * Simulates a file system in memory, with what log readers depend on. It has inodes that are reused once free, hard and
 * symbolic links, open files without a name, permissions, birth and modification times of the simulated clock, and
 * change events that arrive immediately, late or never. Follows POSIX and inotify(7); `file-system.test.ts` compares it
 * with the real one.
 */
import { basename, dirname, join, resolve } from "node:path";
import { systemError } from "./system-error.ts";

export interface Inode {
  readonly number: number;
  readonly kind: "file" | "folder" | "link";
  readonly born: number;
  changed: number;
  mode: number;
  /** User id of the owner. */
  owner: number;
  links: number;
  opened: number;
  /** Content of a file; only the first `size` bytes count. */
  data: Buffer;
  size: number;
  /** Entries of a folder. */
  readonly names: Map<string, Inode>;
  /** Target of a link. */
  readonly target: string;
}

export type FileEvent = "rename" | "change";

/** Receives a change; `name` is null for an event of the watched file or folder itself. */
export type OnFileEvent = (event: FileEvent, name: string | null) => void;

interface Watcher {
  readonly inode: Inode;
  readonly name: string;
  readonly onEvent: OnFileEvent;
}

interface PendingEvent {
  readonly inode: Inode;
  readonly event: FileEvent;
  readonly name: string | null;
}

/** First descriptor of this file system, far above those of the kernel. */
const FIRST_DESCRIPTOR = 1_000_000;
const MAX_LINKS = 40;
const READ = 0o444;
const SEARCH = 0o111;

export class FileSystem {
  readonly #now: () => number;
  readonly #free: number[] = [];
  #nextInode = 2;
  readonly #root: Inode;
  readonly #open = new Map<number, Inode>();
  #nextDescriptor = FIRST_DESCRIPTOR;
  readonly #watchers = new Set<Watcher>();
  #pending: PendingEvent[] = [];
  /** Whether change events are delivered, wait, or get lost. */
  eventPolicy: "delivered" | "held" | "lost" = "delivered";
  /** Whether the kernel refuses new watches. */
  refusesWatches = false;

  /** `now` returns the wall clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#root = this.#create("folder", 0o755);
    this.#root.links = 1;
  }

  get openCount(): number {
    return this.#open.size;
  }

  get watchCount(): number {
    return this.#watchers.size;
  }

  #create(kind: Inode["kind"], mode: number, target = ""): Inode {
    const born = this.#now();
    // Reuses the lowest free number, like ext4: the successor of a rotated file often has the inode of an older one.
    const number = this.#free.sort((a, b) => b - a).pop() ?? this.#nextInode++;
    return {
      ...{ number, kind, born, changed: born, mode, owner: 0, links: 0, opened: 0 },
      ...{ data: Buffer.alloc(0), size: 0, names: new Map(), target },
    };
  }

  #release(inode: Inode): void {
    if (inode.links === 0 && inode.opened === 0) this.#free.push(inode.number);
  }

  /** Returns the inode at a path; undefined if it does not exist. `last`: whether a link at the end is followed. */
  find(path: string, last: "follow" | "keep" = "follow", depth = 0): Inode | undefined {
    const descriptor = /^\/proc\/self\/fd\/(\d+)$/.exec(path)?.[1];
    if (descriptor !== undefined) return this.#open.get(Number(descriptor));
    if (depth > MAX_LINKS) throw systemError("ELOOP", "stat", path);
    let folder = this.#root;
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    for (const [i, part] of parts.entries()) {
      if (folder.kind !== "folder") throw systemError("ENOTDIR", "stat", path);
      if ((folder.mode & SEARCH) === 0) throw systemError("EACCES", "stat", path);
      const inode = folder.names.get(part);
      if (inode === undefined) return undefined;
      const isLast = i === parts.length - 1;
      if (inode.kind === "link" && (!isLast || last === "follow")) {
        const target = resolve("/", ...parts.slice(0, i), inode.target);
        return this.find(join(target, ...parts.slice(i + 1)), last, depth + 1);
      }
      folder = inode;
    }
    return folder;
  }

  realPath(path: string, depth = 0): string {
    if (depth > MAX_LINKS) throw systemError("ELOOP", "realpath", path);
    const parts = path.split("/").filter((part) => part !== "");
    for (let i = 1; i <= parts.length; i++) {
      const inode = this.find(`/${parts.slice(0, i).join("/")}`, "keep");
      if (inode === undefined) throw systemError("ENOENT", "realpath", path);
      if (inode.kind !== "link") continue;
      const target = resolve("/", ...parts.slice(0, i - 1), inode.target);
      return this.realPath(join(target, ...parts.slice(i)), depth + 1);
    }
    return `/${parts.join("/")}`;
  }

  list(path: string): readonly string[] {
    const folder = this.#require(path, "scandir");
    if (folder.kind !== "folder") throw systemError("ENOTDIR", "scandir", path);
    if ((folder.mode & READ) === 0) throw systemError("EACCES", "scandir", path);
    return [...folder.names.keys()];
  }

  open(path: string): number {
    const inode = this.#require(path, "open");
    if ((inode.mode & READ) === 0) throw systemError("EACCES", "open", path);
    const descriptor = this.#nextDescriptor++;
    inode.opened++;
    this.#open.set(descriptor, inode);
    return descriptor;
  }

  opened(descriptor: number): Inode {
    const inode = this.#open.get(descriptor);
    if (inode === undefined) throw systemError("EBADF", "read", "");
    return inode;
  }

  isOpen(descriptor: number): boolean {
    return this.#open.has(descriptor);
  }

  close(descriptor: number): void {
    const inode = this.opened(descriptor);
    this.#open.delete(descriptor);
    inode.opened--;
    this.#release(inode);
  }

  /** Closes everything that a process had open, after its end. */
  closeAll(): void {
    for (const descriptor of [...this.#open.keys()]) this.close(descriptor);
    this.#watchers.clear();
    this.#pending = [];
  }

  watch(path: string, onEvent: OnFileEvent): () => void {
    if (this.refusesWatches) throw systemError("ENOSPC", "watch", path);
    const inode = this.#require(path, "watch");
    const watcher = { inode, name: basename(path), onEvent };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  makeFolder(path: string): void {
    if (this.find(path) !== undefined) return;
    if (path !== "/") this.makeFolder(dirname(path));
    this.#enter(path, this.#create("folder", 0o755));
  }

  /** Creates an empty file, or returns the existing one. */
  makeFile(path: string, mode = 0o640): Inode {
    const present = this.find(path);
    if (present !== undefined) return present;
    const inode = this.#create("file", mode);
    this.#enter(path, inode);
    return inode;
  }

  makeLink(target: string, path: string): void {
    this.#enter(path, this.#create("link", 0o777, target));
  }

  append(inode: Inode, bytes: Buffer): void {
    const size = inode.size + bytes.length;
    if (size > inode.data.length) {
      const larger = Buffer.alloc(Math.max(4096, size * 2));
      inode.data.copy(larger, 0, 0, inode.size);
      inode.data = larger;
    }
    bytes.copy(inode.data, inode.size);
    inode.size = size;
    this.#modified(inode);
  }

  /** Replaces the content in place. */
  write(inode: Inode, bytes: Buffer): void {
    inode.data = Buffer.from(bytes);
    inode.size = bytes.length;
    this.#modified(inode);
  }

  contentOf(inode: Inode): Buffer {
    return Buffer.from(inode.data.subarray(0, inode.size));
  }

  setMode(path: string, mode: number): void {
    const inode = this.#require(path, "chmod");
    inode.mode = mode;
    this.#tellOf(inode, "change");
  }

  setChanged(inode: Inode, changed: number): void {
    inode.changed = changed;
  }

  rename(from: string, to: string): void {
    const inode = this.find(from, "keep");
    if (inode === undefined) throw systemError("ENOENT", "rename", from);
    const replaced = this.find(to, "keep");
    if (replaced === inode) return;
    this.#folderOf(from).names.delete(basename(from));
    this.#folderOf(to).names.set(basename(to), inode);
    if (replaced !== undefined) this.#unlinked(replaced);
    this.#tell(this.#folderOf(from), "rename", basename(from));
    this.#tell(this.#folderOf(to), "rename", basename(to));
    this.#tell(inode, "rename", null);
  }

  remove(path: string): void {
    const inode = this.find(path, "keep");
    if (inode === undefined) return;
    const folder = this.#folderOf(path);
    folder.names.delete(basename(path));
    this.#tell(folder, "rename", basename(path));
    this.#unlinked(inode);
  }

  /** Delivers waiting events, after the calls that caused them. Returns whether there were any. */
  deliverEvents(): boolean {
    if (this.eventPolicy === "held" || this.#pending.length === 0) return false;
    const pending = this.#pending;
    this.#pending = [];
    if (this.eventPolicy === "lost") return false;
    for (const { inode, event, name } of pending)
      for (const watcher of [...this.#watchers])
        if (watcher.inode === inode && this.#watchers.has(watcher))
          watcher.onEvent(event, name ?? watcher.name);
    return true;
  }

  #unlinked(inode: Inode): void {
    inode.links--;
    this.#tell(inode, inode.links === 0 && inode.opened === 0 ? "rename" : "change", null);
    this.#release(inode);
  }

  #require(path: string, call: string): Inode {
    const inode = this.find(path);
    if (inode === undefined) throw systemError("ENOENT", call, path);
    return inode;
  }

  #folderOf(path: string): Inode {
    const folder = this.find(dirname(path));
    if (folder?.kind !== "folder") throw systemError("ENOENT", "open", path);
    return folder;
  }

  #enter(path: string, inode: Inode): void {
    const folder = this.#folderOf(path);
    folder.names.set(basename(path), inode);
    inode.links++;
    this.#tell(folder, "rename", basename(path));
  }

  #modified(inode: Inode): void {
    inode.changed = this.#now();
    this.#tellOf(inode, "change");
  }

  /** Queues an event of an inode, for each of its names in a watched folder. */
  #tellOf(inode: Inode, event: FileEvent): void {
    this.#tell(inode, event, null);
    for (const folder of new Set([...this.#watchers].map((watcher) => watcher.inode)))
      for (const [name, entry] of folder.names)
        if (entry === inode) this.#tell(folder, event, name);
  }

  /** Queues an event; equal consecutive events are merged, as in inotify. */
  #tell(inode: Inode, event: FileEvent, name: string | null): void {
    const last = this.#pending.at(-1);
    if (last?.inode === inode && last.event === event && last.name === name) return;
    if (![...this.#watchers].some((watcher) => watcher.inode === inode)) return;
    this.#pending.push({ inode, event, name });
  }
}
