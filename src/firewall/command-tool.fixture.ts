/** A program that keeps the blocks of a command enforcer as files, and the commands that run it. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Enforcer } from "../domain/enforcer.ts";
import { type CommandOptions, openCommand } from "./command.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "bailiff-command-"));
// Test files that use it may share a process.
process.once("exit", () => rmSync(FOLDER, { recursive: true }));

/** $1: the folder of the blocks, $2: what to do, $3: subject, $4: ports. Logs each call in the folder's `calls`. */
export const PROGRAM: string = join(FOLDER, "firewall.sh");
writeFileSync(
  PROGRAM,
  `folder=$1; what=$2; shift 2
echo "$what $*" >>"$folder/calls"
block="$folder/blocks/$1/=$2"
case $what in
  start) mkdir -p "$folder/blocks" ;;
  check) [ -d "$folder/blocks" ] ;;
  stop) rm -r "$folder/blocks" ;;
  flush) rm -rf "$folder/blocks"; mkdir "$folder/blocks" ;;
  ban) mkdir -p "$block"; : >"$block/block" ;;
  unban) rm "$block/block" ;;
  list) find "$folder/blocks" -name block | sed "s|^$folder/blocks/||; s|/block$||; s|/=| |" ;;
esac
`,
);

export interface Tool {
  readonly folder: string;
  readonly commands: Pick<CommandOptions, "ban" | "unban"> & Partial<CommandOptions>;
  calls(): readonly string[];
  open(more?: Partial<CommandOptions>): Promise<Enforcer>;
}

let tools = 0;

export function newTool(): Tool {
  const folder = join(FOLDER, String(tools++));
  mkdirSync(folder);
  const call = (...args: readonly string[]): readonly string[] => ["sh", PROGRAM, folder, ...args];
  const commands = {
    start: call("start"),
    stop: call("stop"),
    check: call("check"),
    ban: call("ban", "{ip}", "{ports}"),
    unban: call("unban", "{ip}", "{ports}"),
  };
  return {
    folder,
    commands,
    calls: () =>
      existsSync(join(folder, "calls"))
        ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n")
        : [],
    open: async (more = {}) => {
      const opened = await openCommand({ ...commands, isAllowed: () => false, ...more });
      assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
      return opened.value;
    },
  };
}
