/**
 * Whose lines are in a log that was named for one filter: its program's under their own name, the same under another name
 * (a renamed service), or other programs' beside it. One foreign line changes nothing: the name that a rule recognized
 * stays the service's. Two short texts for each log.
 */
import { detachString } from "../../domain/detach-string.ts";
import type { Header } from "./header.ts";

export class ProgramNames {
  /** What the service is called here: the name a recognized line bore. */
  #alias: string | undefined;
  /** A name with a process id whose lines said nothing to the rules. */
  #other: string | undefined;
  /** Programs of other names write here as well. */
  #several = false;
  #own = false;

  /** The filter's own program writes here: other names are other programs'. */
  get own(): boolean {
    return this.#own;
  }

  /** A rule knew a line of the filter's own program; one that says nothing to the rules proves nothing. */
  noteOwn(): void {
    this.#own = true;
  }

  /** Whether a line under another name than the filter's may be the service's. */
  mayBeOurs(text: string, header: Header): boolean {
    const { hostStart, hostEnd, pid } = header;
    if (this.#own || isSystem(text, header)) return false;
    if (hostEnd === hostStart) return !this.#several;
    if (this.#alias !== undefined && isNamed(this.#alias, text, header)) return true;
    // Without a process id it may be no name at all.
    if (pid === 0 || this.#several) return !this.#several;
    if (this.#alias !== undefined) this.#several = true;
    return !this.#several;
  }

  /** A rule knew the line. */
  noteRecognized(
    text: string,
    { hostStart, hostEnd, programStart, programEnd, pid }: Header,
  ): void {
    if (pid === 0 || hostEnd === hostStart || this.#alias !== undefined) return;
    this.#alias = detachString(text.slice(programStart, programEnd));
  }

  /** No rule knew the line, though it might have been ours. */
  noteUnknown(text: string, { hostStart, hostEnd, programStart, programEnd, pid }: Header): void {
    if (pid === 0 || hostEnd === hostStart || this.#alias !== undefined) return;
    const name = text.slice(programStart, programEnd);
    if (this.#other === undefined) this.#other = detachString(name);
    else if (this.#other !== name) this.#several = true;
  }

  /** Whether a line that may not be ours is missed all the same: nobody knows which of the names is the service's. */
  isMissed(text: string, header: Header): boolean {
    if (isSystem(text, header)) return false;
    return this.#alias === undefined ? !this.#own : this.#own && isNamed(this.#alias, text, header);
  }
}

/** Whether a syslog daemon may have written it: one names the host, or the process. */
export function isHeaded({ hostStart, hostEnd, pid }: Header): boolean {
  return hostEnd > hostStart || pid > 0;
}

function isNamed(name: string, text: string, { programStart, programEnd }: Header): boolean {
  return name.length === programEnd - programStart && text.startsWith(name, programStart);
}

function isSystem(text: string, { hostStart, hostEnd, programStart, programEnd }: Header): boolean {
  return hostEnd > hostStart && SYSTEM_PROGRAMS.has(text.slice(programStart, programEnd));
}

/** Of any system log, and never another name of a service that is attacked. */
const SYSTEM_PROGRAMS: ReadonlySet<string> = new Set([
  ...["CRON", "cron", "crond", "anacron", "sudo", "su", "login", "passwd", "useradd", "kernel"],
  ...["systemd", "systemd-logind", "systemd-resolved", "systemd-networkd", "systemd-timesyncd"],
  ...["dbus-daemon", "polkitd", "rsyslogd", "syslogd", "syslog-ng", "auditd", "chronyd", "ntpd"],
]);
