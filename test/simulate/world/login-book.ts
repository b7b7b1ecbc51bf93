/** Simulates btmp: sshd records each failed login there, which no unprivileged account can. */
import { parseIp } from "../../../src/domain/ip.ts";
import { utmpRecord } from "../../../src/host/logins/utmp-record.fixture.ts";
import type { FileSystem } from "./file-system.ts";

const FAILED = "/var/log/btmp";
const MODE = 0o660;

export class LoginBook {
  readonly #files: FileSystem;

  constructor(files: FileSystem) {
    this.#files = files;
    files.makeFile(FAILED);
    files.setMode(FAILED, MODE);
  }

  /** Records a failed login; `at`: wall clock in milliseconds. Returns whether sshd could. */
  record(account: string, ip: string, at: number): boolean {
    const file = this.#files.find(FAILED);
    if (file === undefined || parseIp(ip) === undefined) return false;
    this.#files.append(file, utmpRecord({ account: account.slice(0, 32), ip, at }));
    return true;
  }
}
