/**
 * Tells `bailiff web open` where the dashboard listens and which key signs its links, by a file that only root and the
 * dashboard's own user can read. It exists while the dashboard runs.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { defaultPaths, type Environment } from "../config/default-paths.ts";
import { CodedError } from "../domain/errors.ts";
import { parseJson } from "../domain/json.ts";
import { codeOf } from "../domain/thrown-error.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import { replaceFile } from "../host/replace-file.ts";

export interface RunningWeb {
  readonly url: string;
  readonly key: string;
}

const RUNNING = v.object({
  url: v.pipe(v.string(), v.regex(/^https?:\/\/[a-zA-Z0-9.:[\]-]{1,300}$/)),
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
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
    rmSync(path, { force: true });
    replaceFile(path, JSON.stringify(running), 0o600);
  } catch (error) {
    throw new CodedError("web-unavailable", `cannot write ${path}: ${reasonOf(error)}`, {
      hint: "RUNTIME_DIRECTORY names another directory",
    });
  }
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

export function readRunning(directory: string): RunningWeb {
  const path = fileIn(directory);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT")
      throw new CodedError(
        "web-not-running",
        `the dashboard does not run: ${path} does not exist`,
        {
          hint: "start it: systemctl start bailiff-web   (or: bailiff web)",
        },
      );
    throw new CodedError("permission-denied", `cannot read ${path}: ${reasonOf(error)}`, {
      hint: "use sudo, or be the user that runs bailiff web",
    });
  }
  const running = v.safeParse(RUNNING, parseJson(text));
  if (running.success) return running.output;
  throw new CodedError("web-not-running", `${path} is not the file of a running dashboard`, {
    hint: "restart it: systemctl restart bailiff-web",
  });
}

function fileIn(directory: string): string {
  return join(directory, "web.json");
}
