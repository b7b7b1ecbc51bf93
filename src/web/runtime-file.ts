/**
 * Tells `bailiff web open` where the dashboard listens and which key signs its links, by a file that only root and the
 * dashboard's own user can read. It exists while the dashboard runs.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { defaultPaths, type Environment } from "../config/default-paths.ts";
import { CodedError } from "../domain/errors.ts";
import { parseJson } from "../domain/json.ts";
import { codeOf } from "../domain/thrown-error.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import { replaceFile } from "../host/replace-file.ts";
import { startError } from "./start-error.ts";

export interface RunningWeb {
  readonly url: string;
  readonly key: string;
  /** Process of the dashboard. */
  readonly pid: number;
}

const MAX_BYTES = 4096;
const RUNNING = v.object({
  url: v.pipe(v.string(), v.regex(/^https?:\/\/[a-zA-Z0-9.:[\]-]{1,300}$/)),
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** Returns the directory of the file: the one systemd made, the system's for root, else the user's. */
export function runtimeDirectory(host: {
  readonly uid: number;
  readonly env: Environment;
}): string {
  const [made] = host.env["RUNTIME_DIRECTORY"]?.split(":") ?? [];
  if (made !== undefined && made !== "") return made;
  if (host.uid === 0) return "/run/bailiff-web";
  return `${defaultPaths(host).socket.replace(/[^/]*$/, "")}bailiff-web`;
}

export function writeRunning(directory: string, running: RunningWeb): Disposable {
  const path = fileIn(directory);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    requireOwn(directory);
    rmSync(path, { force: true });
    replaceFile(path, JSON.stringify(running), 0o600);
  } catch (error) {
    const hint = "RUNTIME_DIRECTORY names another directory";
    throw startError(`cannot write ${path}: ${reasonOf(error)}`, hint, error);
  }
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

export function readRunning(directory: string): RunningWeb {
  const path = fileIn(directory);
  let text: string;
  try {
    requireOwn(directory);
    text = readShortFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw notRunning(`${path} does not exist`);
    throw new CodedError("permission-denied", `cannot read ${path}: ${reasonOf(error)}`, {
      hint: "use sudo, or be the user that runs bailiff web",
    });
  }
  const running = v.safeParse(RUNNING, parseJson(text));
  if (!running.success)
    throw new CodedError("web-not-running", `${path} is not the file of a running dashboard`, {
      hint: "restart it: systemctl restart bailiff-web",
    });
  // After a kill the file remains, and another user may listen on the port.
  if (!isAlive(running.output.pid))
    throw notRunning(`process ${running.output.pid}, which wrote ${path}, has ended`);
  return running.output;
}

function notRunning(because: string): CodedError {
  return new CodedError("web-not-running", `no running dashboard was found: ${because}`, {
    hint: "start it: systemctl start bailiff-web   (one that another user started: runuser -u USER -- bailiff web open)",
  });
}

/**
 * Throws unless only this user can change the directory: others could put a file there whose link leads to their server.
 * Root reads the one of the dashboard's user.
 */
function requireOwn(directory: string): void {
  const found = lstatSync(directory);
  const own = process.geteuid?.() ?? 0;
  if (!found.isDirectory()) throw new Error(`${directory} is not a directory`);
  if ((own !== 0 && found.uid !== own) || (found.mode & 0o022) !== 0)
    throw new Error(`other users may change ${directory}`);
}

/** Reads a file that another user may have replaced: no link is followed, and no pipe is waited for. */
function readShortFile(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile() || found.size > MAX_BYTES) throw new Error("it is not a short file");
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

function fileIn(directory: string): string {
  return join(directory, "web.json");
}
