/**
 * Simulates btmp and wtmp: sshd records each failed login and each login with a terminal there, which no unprivileged
 * account can.
 */
import { parseIp } from "../../../src/domain/ip.ts";
import { LOGIN_TYPES } from "../../../src/host/logins/login-logs.ts";
import { utmpRecord } from "../../../src/host/logins/utmp-record.fixture.ts";
import type { LoginOutcome } from "../happenings.ts";
import type { FileSystem } from "./file-system.ts";

const FAILED = "/var/log/btmp";
const SUCCEEDED = "/var/log/wtmp";
const MODE = 0o660;
const ANYBODY_READS = 0o664;
const ROOT = 0;
const OTHER = 1000;

export type BookChange = "rotate" | "remove" | "make" | "wrong-mode" | "wrong-owner" | "mend";

export class LoginBook {
  readonly #files: FileSystem;

  constructor(files: FileSystem) {
    this.#files = files;
    files.makeFile(SUCCEEDED, MODE);
    this.#make();
  }

  #make(): void {
    this.#files.makeFile(FAILED, MODE);
  }

  /** Whether sshd records failed logins: it neither creates the file nor writes to one that others may read or own. */
  get isWritten(): boolean {
    const file = this.#files.find(FAILED);
    return file?.owner === ROOT && file.mode === MODE;
  }

  change(what: BookChange): void {
    const file = this.#files.find(FAILED);
    if (what === "make") return this.#make();
    if (file === undefined) return;
    switch (what) {
      case "rotate":
        this.#files.rename(FAILED, `${FAILED}.1`);
        return this.#make();
      case "remove":
        return this.#files.remove(FAILED);
      case "wrong-mode":
        return this.#files.setMode(FAILED, ANYBODY_READS);
      case "wrong-owner":
        file.owner = OTHER;
        return;
      case "mend":
        file.owner = ROOT;
        this.#files.setMode(FAILED, MODE);
    }
  }

  /** Records a login, if sshd does; `at`: wall clock in milliseconds. Returns whether it was a failure and recorded. */
  record(outcome: LoginOutcome, account: string, ip: string, at: number): boolean {
    if (outcome === "closed-without-trying" || parseIp(ip) === undefined) return false;
    if (outcome === "failed" && !this.isWritten) return false;
    const file = this.#files.find(outcome === "failed" ? FAILED : SUCCEEDED);
    if (file === undefined) return false;
    const terminal = outcome === "failed" ? "ssh:notty" : "pts/0";
    const record = { type: LOGIN_TYPES[outcome], terminal, account: account.slice(0, 32), ip, at };
    this.#files.append(file, utmpRecord(record));
    return outcome === "failed";
  }
}
