/** Executes steps that concern the logs: their files, the journal and its readers, and lines that others forge. */
import type { Action } from "../plan/step.ts";
import { LOG } from "../world/logs.ts";
import type { World } from "../world/world.ts";

const ELSEWHERE = "/var/log/other.log";

type Of<K extends Action["kind"]> = Extract<Action, { readonly kind: K }>;

export function reopenLog(world: World): void {
  if (world.logs.file.isWritten) world.logs.file.restartWriter();
}

export function moveWriter(world: World, { to }: Of<"writer">): void {
  switch (to) {
    case "elsewhere":
      return world.logs.file.moveWriter(ELSEWHERE);
    case "stopped":
      return world.logs.file.stopWriter();
    case "usual":
      return world.logs.file.restartWriter();
  }
}

export function changeJournal({ logs: { journal } }: World, { what }: Of<"journal">): void {
  if (journal === undefined) throw new Error("there is no journal");
  switch (what) {
    case "rotate":
      return journal.rotate();
    case "vacuum-few":
      return journal.vacuum("few");
    case "vacuum-all":
      journal.rotate();
      return journal.vacuum("none");
    case "stop":
      return journal.stop();
    case "start":
      return journal.start("cleanly");
    case "crash":
      journal.stop();
      return journal.start("after a crash");
    case "limit":
      return journal.limit();
    case "end-limit":
      return journal.endLimit();
  }
}

export function changeReaders({ logs }: World, { what }: Of<"journal-reader">): void {
  switch (what) {
    case "end":
      return logs.endReaders("between entries");
    case "end-amid-entry":
      return logs.endReaders("amid an entry");
    case "hang":
      return logs.hangReaders();
    case "resume":
      return logs.resumeReaders();
  }
}

export function changeRelay({ logs: { relay } }: World, action: Of<"relay">): void {
  if (relay === undefined) throw new Error("there is no relay");
  if (action.what === "stall") relay.stall();
  else relay.resume(action);
}

/** Forges a line by `logger`: the journal shows who wrote it, a file does not. */
export function forge(world: World, { ip, by }: Of<"forge">, counters: { logins: number }): void {
  const pid = 1000 + ++counters.logins;
  const common = { kind: "forged", at: world.now, service: "sshd", ip } as const;
  // journald keeps what the syslog daemon cannot receive.
  if (world.logs.file.isWritten || world.logs.journal !== undefined)
    world.report({ ...common, source: `file:${LOG}`, writerIsKnown: false });
  world.report({ ...common, source: "journal", writerIsKnown: true });
  world.logs.forge(by, pid, `Failed password for root from ${ip} port 4242 ssh2`);
}

export function setPermissions(world: World, { to }: Of<"permissions">): void {
  if (world.files.find(LOG) === undefined) return;
  if (to === "none") world.logs.file.deny();
  else world.logs.file.allow();
}

export function changeBook(world: World, { what }: Of<"btmp">): void {
  const { logins } = world;
  if (logins === undefined) throw new Error("nothing records logins");
  logins.change(what);
  world.report({ kind: "btmp", at: world.now, isWritten: logins.isWritten });
}
