/**
 * Runs the campaign detector over the failures and logins of all jails: reports campaigns and probably guessed
 * accounts, returns the members that are offenders, and keeps what was learned, and open alarms, over a restart.
 */
import * as v from "valibot";
import { type Campaign, SIGN_KINDS, type SignKind } from "../detect/judgment/campaign.ts";
import { CampaignDetector, type Finding } from "../detect/judgment/campaigns.ts";
import { type CompromiseAlarm, CompromiseAlarms } from "../detect/judgment/compromise-alarms.ts";
import type { Suspicion } from "../detect/judgment/detector.ts";
import type { ObservedAttempt, ObservedLogin } from "../detect/judgment/observed-attempt.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { parseJson } from "../domain/json.ts";
import type { Jail } from "../jails/jail.ts";
import type { StateStore } from "../record/state-store.ts";
import type { Emit } from "../telemetry/events.ts";
import { describeSign, reasonOf } from "./describe-campaign.ts";

export interface CampaignWatchOptions {
  readonly stateStore: StateStore;
  readonly emit: Emit;
  /** Keys the hashes of accounts if no state is saved, a 32-bit number. */
  readonly seed: number;
  readonly now: Instant;
}

type Detect = Jail["config"]["detect"];
type SavedState = ReturnType<CampaignDetector["state"]>;

const NAME = "campaigns";
const ALARMS = "compromises";
const SAVE_EVERY_MS = 600_000;

/** Only this program writes the state, so its version says enough about its shape. */
const SAVED = v.object({
  seed: v.number(),
  state: v.custom<SavedState>((value) => v.is(v.looseObject({ version: v.literal(1) }), value)),
});

const SAVED_ALARMS = v.object({
  version: v.literal(1),
  alarms: v.array(v.custom<CompromiseAlarm>(isAlarm)),
  /** Missing in a state of an earlier version. */
  dropped: v.optional(v.array(v.tuple([v.number(), v.number()]))),
});

function isAlarm(value: unknown): boolean {
  const texts = { jail: v.string(), ip: v.string(), account: v.string(), because: v.string() };
  return v.is(v.looseObject({ ...texts, at: v.number() }), value);
}

export class CampaignWatch {
  readonly #options: CampaignWatchOptions;
  readonly #seed: number;
  readonly #detector: CampaignDetector;
  readonly #alarms: CompromiseAlarms;
  readonly #settings = new Map<JailName, Detect>();
  #isChanged = false;
  #savedAt = 0;

  constructor(options: CampaignWatchOptions) {
    this.#options = options;
    const saved = v.safeParse(SAVED, parseJson(options.stateStore.load(NAME)));
    this.#seed = saved.success ? saved.output.seed : options.seed;
    const signsOf = (jail: JailName): readonly SignKind[] => signsFor(this.#settings.get(jail));
    this.#detector = new CampaignDetector({ seed: this.#seed, signsOf });
    if (saved.success) this.#detector.restore(saved.output.state, options.now);
    const open = v.safeParse(SAVED_ALARMS, parseJson(options.stateStore.load(ALARMS)));
    const { alarms, dropped } = open.success ? open.output : {};
    this.#alarms = new CompromiseAlarms(alarms, dropped);
  }

  /** Forgets what is known of jails that do not run, except of the newest. */
  use(jails: readonly { readonly jail: Pick<Jail, "name"> }[]): void {
    const running = new Set(jails.map(({ jail }) => jail.name));
    for (const name of this.#settings.keys()) if (!running.has(name)) this.#settings.delete(name);
    this.#detector.keepJails(running);
    this.#report();
  }

  /**
   * Observes a counted failure. Returns its source if that is a member of a campaign with enough failures, and again
   * after as many further ones, because its ban may have ended; once if that is only reported.
   */
  attempt({ config, weights }: Jail, attempt: ObservedAttempt): Suspicion | undefined {
    if (isOff(config.detect)) return undefined;
    this.#settings.set(attempt.jail, config.detect);
    this.#isChanged = true;
    const { user } = attempt;
    const isOpen = config.detect.open_registration;
    const likeness = user === undefined || isOpen ? "other" : weights.likeness(user);
    const membership = this.#detector.attempt({ ...attempt, likeness, isOpen });
    this.#report();
    if (membership === undefined) return undefined;
    const { campaign, member, needed = Infinity } = membership;
    const { judgedTries = 0, ties } = member;
    const failures = member.tries - judgedTries;
    const settings = [...new Set(campaign.signs.map(({ kind }) => settingOf(kind)))];
    const mode = settings.some((name) => config.detect[name] === "act") ? "act" : "report";
    if (failures < needed || (mode === "report" && judgedTries > 0)) return undefined;
    member.judgedTries = member.tries;
    const because = reasonOf(campaign.name, failures, ties);
    return { subject: attempt.subject, mode, failures, because, needed, settings };
  }

  login({ config }: Jail, login: ObservedLogin): void {
    if (isOff(config.detect)) return;
    this.#isChanged = true;
    const alarm = this.#detector.login({ ...login, isOpen: config.detect.open_registration });
    this.#report();
    if (alarm === undefined) return;
    // Another line about a login that has an alarm, such as that of its end.
    if (login.account === undefined && this.#alarms.hasOther(alarm)) return;
    const isNew = this.#alarms.raise(alarm);
    this.#saveAlarms(alarm.at);
    if (!isNew) return;
    const { jail, ip, account: user, because: reason } = alarm;
    this.#options.emit({ event: "compromise-suspected", jail, ip, user, reason });
  }

  /** Returns the campaigns of the last 30 days, newest first. */
  list(): readonly Campaign[] {
    return this.#detector.campaigns();
  }

  /** Returns how many campaigns of the last 30 days are not in the list, because there were too many. */
  forgotten(now: Instant): number {
    return this.#detector.forgottenCampaigns(now);
  }

  /**
   * Returns the suspected compromises of the last 30 days that nobody has acknowledged, newest first, and how many are
   * not among them, because there were too many.
   */
  alarms(now: Instant): { readonly open: readonly CompromiseAlarm[]; readonly dropped: number } {
    return { open: this.#alarms.open(now).toReversed(), dropped: this.#alarms.dropped(now) };
  }

  /** Returns whether a login with the account from this address or network is a suspected compromise. */
  isSuspect(subject: Subject, account: string, now: Instant): boolean {
    return this.#alarms.isSuspect(subject, account, now);
  }

  /** Removes the alarms about logins from this address or network, or all; returns them. */
  acknowledge(subject: Subject | undefined, now: Instant): readonly CompromiseAlarm[] {
    const acknowledged = this.#alarms.acknowledge(subject, now);
    if (acknowledged.length > 0) this.#saveAlarms(now);
    return acknowledged;
  }

  /** Lets campaigns begin and end, and saves what was learned every ten minutes. */
  look(now: Instant): void {
    this.settle(now);
    if (Math.abs(now - this.#savedAt) < SAVE_EVERY_MS) return;
    this.#savedAt = now;
    this.save();
  }

  /** Lets campaigns begin and end. */
  settle(now: Instant): void {
    this.#detector.settle(now);
    this.#report();
  }

  save(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const saved = { seed: this.#seed, state: this.#detector.state() };
    this.#options.stateStore.save(NAME, JSON.stringify(saved));
  }

  shift(step: number): void {
    this.#detector.shift(step);
  }

  /** Saves immediately: a crash must lose no alarm. */
  #saveAlarms(now: Instant): void {
    const dropped = this.#alarms.droppedState();
    const saved = { version: 1, alarms: this.#alarms.open(now), dropped };
    this.#options.stateStore.save(ALARMS, JSON.stringify(saved));
  }

  #report(): void {
    for (const finding of this.#detector.takeFindings()) this.#emit(finding);
  }

  #emit(finding: Finding): void {
    const { name: campaign, jail, sources, tries } = finding.campaign;
    if (finding.kind === "ended")
      this.#options.emit({ event: "campaign-ended", jail, campaign, sources, tries });
    else {
      const reason = describeSign(finding.sign);
      this.#options.emit({ event: "campaign-began", jail, campaign, sources, reason });
    }
  }
}

function isOff({ campaigns, accounts }: Detect): boolean {
  return campaigns === "off" && accounts === "off";
}

function settingOf(kind: SignKind): "campaigns" | "accounts" {
  return kind === "new-sources" ? "campaigns" : "accounts";
}

function signsFor(detect: Detect | undefined): readonly SignKind[] {
  if (detect === undefined) return [];
  return SIGN_KINDS.filter((kind) => detect[settingOf(kind)] !== "off");
}
