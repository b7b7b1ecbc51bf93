/**
 * Detects a new version of a program, and counts its lines since then. Packages are searched only when the program's
 * file has changed.
 */
import type { Instant } from "../../domain/instant.ts";
import type { findProgramFile, packageOf } from "../../host/process/program-version.ts";
import type { LineShare } from "../drift/drift.ts";
import type { KeptProgram, ProgramChange } from "./drift-state.ts";

/** Loads the functions that find files and packages of programs; called by the first look. */
export type OpenPrograms = () => Promise<{
  readonly findProgramFile: typeof findProgramFile;
  readonly packageOf: typeof packageOf;
}>;

interface VersionState {
  readonly program: KeptProgram | undefined;
  readonly change: ProgramChange | undefined;
}

export class ProgramVersions {
  readonly #openPrograms: OpenPrograms;
  #program: KeptProgram | undefined;
  #change: ProgramChange | undefined;

  constructor(openPrograms: OpenPrograms, { program, change }: VersionState) {
    this.#openPrograms = openPrograms;
    this.#program = program;
    this.#change = change;
  }

  get state(): VersionState {
    return { program: this.#program, change: this.#change };
  }

  forgetChange(): void {
    this.#change = undefined;
  }

  countLines({ known, unknown }: ProgramChange["since"]): void {
    if (this.#change === undefined) return;
    const { since } = this.#change;
    this.#change = {
      ...this.#change,
      since: { known: since.known + known, unknown: since.unknown + unknown },
    };
  }

  /** Returns whether the program's file has changed. `share` returns the recent share of unrecognized lines. */
  async look(names: readonly string[], now: Instant, share: () => LineShare): Promise<boolean> {
    const programs = await this.#openPrograms();
    const file = programs.findProgramFile(names);
    const before = this.#program;
    if (file === undefined || file.identity === before?.identity) return false;
    const { path, identity } = file;
    const found = await programs.packageOf(path);
    const version = found === undefined ? undefined : `${found.name} ${found.version}`;
    this.#program = { path, identity, version };
    if (before !== undefined && (before.version ?? "") !== (version ?? "unknown"))
      this.#change = {
        ...{ at: now, from: before.version, to: version, path },
        before: share(),
        since: { known: 0, unknown: 0 },
      };
    return true;
  }
}
