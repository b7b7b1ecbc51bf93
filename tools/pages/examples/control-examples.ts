/**
 * Defines example replies for the reference page, in the types of replies, so that a changed field does not compile.
 * test/e2e/contracts.e2e.test.ts compares them with a running daemon.
 */
import type { BanReply, WhyReply } from "../../../src/control/ban-messages.ts";
import type { StatusReply } from "../../../src/control/status-messages.ts";
import type { ReplayLine } from "../../../src/pipeline/replay.ts";
import type { ScannedLine } from "../../../src/pipeline/scan.ts";

export const STATUS_EXAMPLE: StatusReply = {
  version: "0.1.0",
  state: "protecting",
  started_at: "2026-11-23T06:11:40.382Z",
  enforcer: { name: "nftables", enforcing: true, trouble: null, fix: null },
  enforcers: [
    {
      ...{ name: "nftables", used: true, enforcing: true, verdict: "drop" },
      ...{ trouble: null, fix: null },
      chosen_because:
        "nf_tables works here, and bailiff's table comes before the rules of other firewalls",
      ...{ blocks: 3, capacity: null, left_out: 0 },
    },
  ],
  record: { state: "ok", reason: null, unsaved: 0 },
  demoted_detectors: [],
  suspected_compromises: [],
  jails: [
    {
      name: "sshd",
      state: "protecting",
      reason: "lines are read and the firewall enforces every ban",
      cause: null,
      fix: null,
      since: "2026-11-23T06:11:41.020Z",
      links: [
        {
          link: "source",
          verdict: "proven",
          cause: null,
          evidence: "/var/log/auth.log is read to its end",
          at: "2026-11-23T06:11:44.102Z",
          fix: null,
        },
      ],
      filter: "sshd",
      mode: "normal",
      policy:
        "5 failures in 10m: banned for 1h, longer each time up to 30d, plus 0 to 5m at random",
      detectors: {
        slow: "act",
        evidence: "act",
        siege: "report",
        campaigns: "report",
        subnets: "report",
        accounts: "report",
      },
      bans_by: "firewall",
      by_hand: false,
      sources: [
        {
          kind: "file",
          where: "/var/log/auth.log",
          state: "reading",
          reason: null,
          lines: 9,
          unrecognized: 0,
          unstamped: 0,
          cut: 0,
          over_limit: 0,
          unproven: null,
          last_line_at: "2026-11-23T06:11:41.462Z",
        },
      ],
      confirmed_by: ["kernel", "btmp"],
      failures: 7,
      tracked: 2,
      banned: 1,
      ignored: [],
      ignored_not_listed: 0,
    },
  ],
  lists: [
    {
      name: "spamhaus",
      where: "https://www.spamhaus.org/…",
      state: "in-force",
      reason: null,
      fix: null,
      entries: 1423,
      good_at: "2026-11-23T06:11:40.900Z",
      next_look_at: "2026-11-23T18:40:02.117Z",
      ports: "all",
      enforcers: ["nftables"],
      unused: { invalid: 0, refused: 0, first: [] },
      cut: 0,
    },
  ],
  banned_total: 2,
  other_bans: [{ name: "manual", banned: 1 }],
  looking_for: [],
  exempting_nobody: [],
  left_out: [],
};

export const BANS_EXAMPLE: readonly BanReply[] = [
  {
    subject: "203.0.113.9",
    jail: "sshd",
    from: "2026-11-23T06:11:41.434Z",
    until: "2026-11-23T07:12:13.215Z",
    origin: "detected",
    reason: "5 failures in 10m",
    state: "enforced",
    packets: 3,
    ports: "tcp/22",
    error: null,
    missing_in: [],
  },
];

export const WHY_EXAMPLE: WhyReply = {
  subject: "203.0.113.9",
  facts: { country: "DE", asn: 64_496, organization: "Example Net" },
  verdict: "banned by sshd until 2026-11-23T07:12:13.215Z",
  suspected_compromises: [],
  campaigns: [],
  allowed_by: null,
  bans: [
    {
      subject: "203.0.113.9",
      jail: "sshd",
      from: "2026-11-23T06:11:41.434Z",
      until: "2026-11-23T07:12:13.215Z",
      origin: "detected",
      reason: "5 failures in 10m",
      state: "enforced",
      packets: 3,
      ports: "tcp/22",
      error: null,
      missing_in: [],
      rule: "failed-attempt",
      failures: 5,
      of: 5,
      findtime: "10m",
      escalation: 0,
      jitter: null,
      enforcer: "nftables",
      evidence: [
        {
          at: "2026-11-23T06:11:41.000Z",
          rule: "failed-attempt",
          user: "admin",
          counts: 1,
          line: "Nov 23 06:11:41 web1 sshd[901]: Failed password for invalid user admin from 203.0.113.9 port 42421 ssh2",
          confirmed_by: "btmp",
          via: null,
        },
        {
          at: "2026-11-23T06:11:41.000Z",
          rule: "failed-attempt",
          user: "admin",
          counts: 1,
          line: "Nov 23 06:11:41 web1 sshd[902]: Failed password for invalid user admin from 203.0.113.9 port 42422 ssh2",
          confirmed_by: "btmp",
          via: null,
        },
        {
          at: "2026-11-23T06:11:41.000Z",
          rule: "failed-attempt",
          user: "admin",
          counts: 1,
          line: "Nov 23 06:11:41 web1 sshd[903]: Failed password for invalid user admin from 203.0.113.9 port 42423 ssh2",
          confirmed_by: "btmp",
          via: null,
        },
        {
          at: "2026-11-23T06:11:41.000Z",
          rule: "failed-attempt",
          user: "admin",
          counts: 1,
          line: "Nov 23 06:11:41 web1 sshd[904]: Failed password for invalid user admin from 203.0.113.9 port 42424 ssh2",
          confirmed_by: "btmp",
          via: null,
        },
        {
          at: "2026-11-23T06:11:41.000Z",
          rule: "failed-attempt",
          user: "admin",
          counts: 1,
          line: "Nov 23 06:11:41 web1 sshd[905]: Failed password for invalid user admin from 203.0.113.9 port 42425 ssh2",
          confirmed_by: "btmp",
          via: null,
        },
      ],
    },
  ],
  lists: [],
  watching: [],
  ignored: [],
  guards: [],
  logins: [],
  history: [],
  not_listed: { ignored: 0, logins: 0, history: 0 },
  undo: "bailiff unban 203.0.113.9",
};

/** A scanned line as printed, in which an instant is text. */
type PrintedLine = Omit<ScannedLine, "at"> & { readonly at: string | null };

export const SCAN_EXAMPLE: readonly PrintedLine[] = [
  {
    line: 1,
    kind: "neutral",
    ip: null,
    user: null,
    at: "2026-11-23T06:11:39.000Z",
    rule: "no-credentials",
    counts: 0,
  },
  {
    line: 2,
    kind: "success",
    ip: "198.51.100.7",
    user: "alice",
    at: "2026-11-23T06:11:41.000Z",
    rule: "accepted",
    counts: 0,
  },
  {
    line: 3,
    kind: "failure",
    ip: "203.0.113.9",
    user: "admin",
    at: "2026-11-23T06:11:41.000Z",
    rule: "failed-attempt",
    counts: 1,
  },
];

export const REPLAY_EXAMPLE: ReplayLine = {
  ...{ attempts: 1155, through: 673, stopped: 482, bans: 105, subjects: 104 },
  ...{ innocents: 1, campaigns: 0, policy: "default", peak: 3 },
  ...{ logins: 226, stopped_logins: 1, lines: 7121, seconds: 0.412 },
};
