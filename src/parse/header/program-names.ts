/**
 * Decides whether lines under other program names belong to the service of a log. The log was configured for one
 * filter; it may contain its program's lines under its own or another name (a renamed service), or also other
 * programs'. A single line of another program changes nothing: the name that a rule recognized stays the service's.
 * Keeps two short strings per log.
 */
import { detachString } from "../../domain/detach-string.ts";
import type { Header } from "./header.ts";

export class ProgramNames {
  /** The name of the service in this log, from a recognized line. */
  #alias: string | undefined;
  /** Another name with a process id, whose lines no rule recognized. */
  #other: string | undefined;
  /** Whether several programs with other names write to this log. */
  #several = false;
  #own = false;

  /** Whether the filter's own program writes to this log. Then other names belong to other programs. */
  get own(): boolean {
    return this.#own;
  }

  /** Notes that a rule recognized a line of the filter's own program. Unrecognized ones prove nothing. */
  noteOwn(): void {
    this.#own = true;
  }

  /** Returns whether a line under another name than the filter's may be the service's. */
  mayBeOurs(text: string, header: Header): boolean {
    const { hostStart, hostEnd, pid } = header;
    if (this.#own || isOfSystem(text, header)) return false;
    if (hostEnd === hostStart) return !this.#several;
    if (this.#alias !== undefined && isNamed(this.#alias, text, header)) return true;
    // Without a process id the word may not be a name at all.
    if (pid === 0 || this.#several) return !this.#several;
    if (this.#alias !== undefined) this.#several = true;
    return !this.#several;
  }

  /** Notes a line that a rule recognized. */
  noteRecognized(
    text: string,
    { hostStart, hostEnd, programStart, programEnd, pid }: Header,
  ): void {
    if (pid === 0 || hostEnd === hostStart || this.#alias !== undefined) return;
    this.#alias = detachString(text.slice(programStart, programEnd));
  }

  /** Notes a line that no rule recognized, though it might be the service's. */
  noteUnknown(text: string, { hostStart, hostEnd, programStart, programEnd, pid }: Header): void {
    if (pid === 0 || hostEnd === hostStart || this.#alias !== undefined) return;
    const name = text.slice(programStart, programEnd);
    if (this.#other === undefined) this.#other = detachString(name);
    else if (this.#other !== name) this.#several = true;
  }

  /** Returns whether a line under another program's name counts as unrecognized, because it may be the service's. */
  isMissed(text: string, header: Header): boolean {
    if (isOfSystem(text, header)) return false;
    return this.#alias === undefined ? !this.#own : this.#own && isNamed(this.#alias, text, header);
  }
}

/** Returns whether a syslog daemon may have written the line: it names the host or the process. */
export function isHeaded({ hostStart, hostEnd, pid }: Header): boolean {
  return hostEnd > hostStart || pid > 0;
}

function isNamed(name: string, text: string, { programStart, programEnd }: Header): boolean {
  return name.length === programEnd - programStart && text.startsWith(name, programStart);
}

/** Returns whether one of the system's own programs wrote the line. */
export function isOfSystem(
  text: string,
  { hostStart, hostEnd, programStart, programEnd }: Header,
): boolean {
  return hostEnd > hostStart && SYSTEM_PROGRAMS.has(text.slice(programStart, programEnd));
}

/** Programs that write to any system log, and are never another name of an attacked service. */
const SYSTEM_PROGRAMS: ReadonlySet<string> = new Set([
  ...["CRON", "cron", "crond", "anacron", "sudo", "su", "login", "passwd", "useradd", "kernel"],
  ...["systemd", "systemd-logind", "systemd-resolved", "systemd-networkd", "systemd-timesyncd"],
  ...["dbus-daemon", "polkitd", "rsyslogd", "syslogd", "syslog-ng", "auditd", "chronyd", "ntpd"],
]);
