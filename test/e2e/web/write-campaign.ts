/** Writes the log of a server under a campaign: five quiet days, then many addresses that try the same new accounts. */
import { failedPassword, logLine, type Stage } from "../stage.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const QUIET_DAYS = 5;

/** Failures as old as the quiet days count for detectors only within findtime. */
export const CAMPAIGN_CONFIG = `[defaults]
maxretry = 50
findtime = "10d"
bantime = "2d"
increment = { enabled = false }
detect = { slow = "off", evidence = "off", siege = "off", campaigns = "act", accounts = "act" }

[jails.sshd]
`;

export interface CampaignShape {
  readonly sources: number;
  /** Accounts that nobody has; each source tries one. */
  readonly accounts: readonly string[];
  /** Length of time before now. */
  readonly length: number;
}

/** Writes it, and waits until the daemon has found the campaign and read the log. Returns the campaign's name. */
export async function writeCampaign(
  stage: Stage,
  { sources, accounts, length }: CampaignShape,
): Promise<string> {
  const now = Date.now();
  const attack = Array.from({ length: sources }, (_, i) => {
    const at = new Date(now - length + (i * length) / sources);
    const user = accounts[i % accounts.length] ?? "";
    return logLine(`Invalid user ${user} from ${sourceOf(i)} port 40022`, { at });
  });
  const guessed = `Accepted password for backup from ${sourceOf(sources - 1)} port 40022 ssh2`;
  stage.write([...quietDays(now - length - HOUR), ...attack, logLine(guessed)]);
  const { campaign } = await stage.untilEvent("campaign-began");
  await stage.untilEvent("compromise-suspected", { ip: sourceOf(sources - 1) });
  return String(campaign);
}

/** Address of a source, each in a separate network. */
export function sourceOf(i: number): string {
  return `100.${64 + (i >> 8)}.${i & 255}.${1 + (i % 250)}`;
}

/** A failure of noise and a login every six hours. */
function quietDays(until: number): readonly string[] {
  const count = QUIET_DAYS * 4;
  return Array.from({ length: count }, (_, i) => {
    const at = new Date(until - ((count - i) * DAY) / 4);
    const login = logLine("Accepted password for alice from 192.0.2.1 port 40022 ssh2", { at });
    return [failedPassword(`203.0.113.${i + 1}`, { at }), login];
  }).flat();
}
