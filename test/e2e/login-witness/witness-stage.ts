/**
 * A stage on which a real sshd records each login in btmp or wtmp, and logs it through a real rsyslogd. The lab's folder
 * is /var/log of the daemon.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStage, type Running, type Stage, untilTrue } from "../stage.ts";

export const INTRUDERS = ["192.0.2.21", "192.0.2.22", "192.0.2.23"] as const;
/** What the witness must say is said within a minute, on a busy machine somewhat later. */
export const LIMIT_MS = 120_000;

/** Usually nobody is banned: who is, fails no more. */
export const config = (log: string, maxretry = 100): string => `[defaults]
maxretry = ${maxretry}
increment = { enabled = false }

[jails.sshd]
source = { file = [${JSON.stringify(log)}] }
`;

/** $0: the /var/log of the lab's sshd. */
const IN_LOG_FOLDER = 'mount --bind "$0" /var/log; exec "$@"';

export interface SyslogOptions {
  readonly file?: string;
  readonly selector?: string;
  readonly template?: string;
  readonly rateLimit?: string;
  readonly zone?: string;
}

export interface Link {
  readonly verdict: string;
  readonly evidence: string;
  readonly cause: string | null;
}

export class WitnessStage implements AsyncDisposable {
  readonly stage: Stage;
  readonly #sshdConfig: string;
  #syslog: Running | undefined;

  private constructor(stage: Stage) {
    this.stage = stage;
    this.#sshdConfig = readFileSync(join(stage.lab.folder, "sshd_config"), "utf8");
  }

  /** With sshd and rsyslogd, and without a daemon. */
  static async open(): Promise<WitnessStage> {
    const stage = await openStage({ sshd: "real", config: config("/unused") });
    const opened = new WitnessStage(stage);
    // A real syslog daemon takes its place.
    stage.lab.logLines?.kill("SIGKILL");
    await stage.lab.logLines?.ended;
    await opened.startSyslog();
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
  }

  get btmp(): string {
    return join(this.stage.lab.logFolder, "btmp");
  }

  get syslogSocket(): string {
    return join(this.stage.lab.folder, "dev-log");
  }

  async startSyslog(options: SyslogOptions = {}): Promise<void> {
    await this.stopSyslog();
    const { lab, log } = this.stage;
    const { file = log, selector = "auth,authpriv.*", template, rateLimit, zone } = options;
    const path = join(lab.folder, "rsyslog.conf");
    const format = template ?? "%timegenerated:::date-rfc3339% %HOSTNAME% %syslogtag%%msg%\\n";
    writeFileSync(
      path,
      `module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${this.syslogSocket}" ${rateLimit ?? ""})
template(name="line" type="string" string="${format}")
${selector} action(type="omfile" file="${file}" template="line")
`,
    );
    this.#syslog = lab.start("host", [
      ...["/usr/bin/env", `TZ=${zone ?? "UTC"}`],
      ...["/usr/sbin/rsyslogd", "-n", "-i", this.#syslogPid, "-f", path],
    ]);
    await untilTrue(() => existsSync(this.syslogSocket), "rsyslogd receives");
  }

  async stopSyslog(): Promise<void> {
    await this.#syslog?.[Symbol.asyncDispose]();
    this.#syslog = undefined;
    rmSync(this.syslogSocket, { force: true });
    rmSync(this.#syslogPid, { force: true });
  }

  get #syslogPid(): string {
    return join(this.stage.lab.folder, "rsyslog.pid");
  }

  /** With these lines added to its configuration. */
  async setSshd(more: string): Promise<void> {
    const path = join(this.stage.lab.folder, "sshd_config");
    writeFileSync(path, this.#sshdConfig + more);
    execFileSync("pkill", ["-HUP", "-f", path]);
    await untilTrue(
      async () => (await this.stage.lab.guess({ from: INTRUDERS[0] })).kind === "refused",
      "sshd listens again",
    );
  }

  /** Returns when the comparison has begun. */
  async startDaemon(log: string = this.stage.log, maxretry?: number): Promise<void> {
    this.stage.configure(config(log, maxretry));
    await this.stage.start({ through: ["/bin/sh", "-c", IN_LOG_FOLDER, this.stage.lab.logFolder] });
    await untilTrue(async () => (await this.flow()).length > 0, "the daemon has looked");
    // btmp has whole seconds, so what happened within a second of the look is not compared.
    const looked = Date.now();
    await untilTrue(() => Date.now() >= looked + 1000, "a second has passed since the look");
  }

  async guess(times = 1): Promise<void> {
    for (let n = 0; n < times; n++)
      for (const from of INTRUDERS)
        assert.equal((await this.stage.lab.guess({ from })).kind, "refused", from);
  }

  async flow(): Promise<readonly Link[]> {
    const { jails } = await this.stage.ask("doctor", {});
    return jails[0]?.links.filter(({ link }) => link === "flow") ?? [];
  }

  /** That the jail is blind is said by the daemon's own looks; that btmp disagrees is among the reasons, which are returned. */
  async untilUnlogged(since: number): Promise<string> {
    const left = (): number => LIMIT_MS - (performance.now() - since);
    const isBlind = async (): Promise<boolean> =>
      (await this.stage.ask("status", {})).jails[0]?.state === "blind";
    await untilTrue(isBlind, "the jail is blind", left());
    let evidence: string | undefined;
    await untilTrue(
      async () => {
        evidence = (await this.flow()).find(({ cause }) => cause === "logins-unlogged")?.evidence;
        return evidence !== undefined;
      },
      "btmp disagrees",
      left(),
    );
    return evidence ?? "";
  }
}
