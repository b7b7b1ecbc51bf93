/**
 * Binds the server to its path. Creates the directory, replaces the socket of a daemon that has ended, and refuses to
 * replace one that is in use. A lock file beside the socket decides between two daemons that start at the same time.
 * The socket is closed to other users until mode and group are set.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import { chmodSync, chownSync, lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { CodedError } from "../domain/errors.ts";
import { groupNumber } from "../host/process/accounts.ts";
import { acquireFileLock, type FileLock } from "../host/file-lock.ts";
import { codeOf } from "../domain/thrown-error.ts";
import { makeFolder } from "../host/make-folder.ts";

export interface SocketPlace {
  readonly path: string;
  /** Members of this group may connect too; undefined: only the owner and root. */
  readonly group: string | undefined;
}

export async function bindSocket(
  server: Server,
  { path, group }: SocketPlace,
): Promise<FileLock | undefined> {
  const gid = group === undefined ? undefined : groupNumber(group);
  if (group !== undefined && gid === undefined) {
    throw new CodedError(
      "bad-config",
      `the group "${group}" of the control socket does not exist (daemon.socket_group)`,
      {
        hint: `make it (groupadd --system ${group}) or change daemon.socket_group`,
      },
    );
  }
  try {
    // Group members must be able to reach the socket; its own mode decides who may connect.
    makeFolder(dirname(path), 0o755);
    const lock = await acquireFileLock(`${path}.lock`);
    if (lock.ok) return await listenLocked(server, { path, gid, lock: lock.value });
    if (lock.error === "held") throw alreadyRunning(path);
    return await listenLocked(server, { path, gid, lock: undefined });
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const reason = reasonOf(error);
    throw new CodedError(
      "control-unavailable",
      `cannot open the control socket ${path}: ${reason}`,
      {
        hint: "set another path with --socket or daemon.socket",
        cause: error,
      },
    );
  }
}

interface LockedPlace {
  readonly path: string;
  readonly gid: number | undefined;
  readonly lock: FileLock | undefined;
}

async function listenLocked(
  server: Server,
  { path, gid, lock }: LockedPlace,
): Promise<FileLock | undefined> {
  try {
    await removeStale(path);
    await listen(server, path);
    if (gid !== undefined) chownSync(path, -1, gid);
    chmodSync(path, gid === undefined ? 0o600 : 0o660);
    return lock;
  } catch (error) {
    server.close();
    lock?.release();
    throw error;
  }
}

async function removeStale(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket()) {
    throw new CodedError("bad-config", `${path} is not a socket; it was not changed`, {
      hint: "move it away, or set another path with --socket or daemon.socket",
    });
  }
  if (await answers(path)) throw alreadyRunning(path);
  unlinkSync(path);
}

function alreadyRunning(path: string): CodedError {
  return new CodedError("already-running", `another daemon answers on ${path}`, {
    hint: "bailiff status shows it, bailiff stop ends it",
  });
}

/**
 * Reports whether a process listens at the path. Any result except "connection refused" or a missing file counts as
 * yes.
 */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error) => {
      const code = codeOf(error);
      resolve(code !== "ECONNREFUSED" && code !== "ENOENT");
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // `listen` creates the socket file: with this mask it is never open to other users.
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}
