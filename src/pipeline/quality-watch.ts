/**
 * Counts wrong bans against the rules and detectors that decided them, keeps the counts over a restart, and reports a
 * detector that only reports from then on.
 */
import * as v from "valibot";
import {
  BanQuality,
  deciderOf,
  type QualityState,
  type RankedDecider,
  type WrongBan,
} from "../detect/judgment/ban-quality.ts";
import { EndedBans, type EndedBansState } from "../detect/judgment/ended-bans.ts";
import { amount } from "../domain/amount.ts";
import type { Ban } from "../domain/ban.ts";
import type { PastBan } from "../domain/ban-book.ts";
import type { Instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";
import { parseJson } from "../domain/json.ts";
import type { CampaignWatch } from "./campaign-watch.ts";
import type { StateStore } from "../record/state-store.ts";
import type { Emit } from "../telemetry/events.ts";

const NAME = "quality";
const DAY_MS = 86_400_000;
/** A ban that is lifted later was probably right, and a login more than a week later may be of another client. */
const LIFTED_WITHIN_MS = DAY_MS;
const LOGIN_WITHIN_MS = 7 * DAY_MS;
/** An account that logged in so long before is a user's, and not only made or guessed for this. */
const KNOWN_AFTER_MS = DAY_MS;

interface Saved {
  readonly quality: QualityState;
  readonly ended: EndedBansState;
}

/** Only this program writes the state, so its version says enough about its shape. */
const SAVED = v.object({ version: v.literal(1), saved: v.custom<Saved>(isSaved) });

function isSaved(value: unknown): boolean {
  const list = v.array(v.unknown());
  const quality = v.looseObject({ wrong: list, bans: list });
  return v.is(v.looseObject({ quality, ended: list }), value);
}

type DecidedBan = Pick<Ban, "jail" | "subject" | "reason" | "rule" | "origin">;
type BegunBan = DecidedBan & Pick<PastBan, "from">;

export interface QualityOptions {
  readonly stateStore: StateStore;
  readonly emit: Emit;
  /** Says whose logins are suspected compromises: they show that no ban was wrong. */
  readonly campaigns?: Pick<CampaignWatch, "isSuspect"> | undefined;
  /** Returns the time of the first known login with the account. Called rarely. */
  readonly firstLogin: (account: string) => Instant | undefined;
}

export class QualityWatch {
  readonly #stateStore: StateStore;
  readonly #emit: Emit;
  readonly #campaigns: QualityOptions["campaigns"];
  readonly #firstLogin: QualityOptions["firstLogin"];
  readonly #quality: BanQuality;
  readonly #ended: EndedBans;

  constructor({ stateStore, emit, campaigns, firstLogin }: QualityOptions) {
    this.#stateStore = stateStore;
    this.#emit = emit;
    this.#campaigns = campaigns;
    this.#firstLogin = firstLogin;
    const read = v.safeParse(SAVED, parseJson(stateStore.load(NAME)));
    const saved = read.success ? read.output.saved : undefined;
    this.#quality = new BanQuality(saved?.quality);
    this.#ended = new EndedBans(saved?.ended);
  }

  /** Counts a ban that was decided by a rule or a detector. */
  noteBan(ban: DecidedBan, now: Instant): void {
    this.#quality.noteBan(deciderOf(ban.jail, ban), now);
  }

  /** Counts an offense of an address from which this account is logged in. */
  noteGuarded(ban: DecidedBan, account: string, at: Instant): void {
    if (this.#campaigns?.isSuspect(ban.subject, account, at) === true) return;
    const decider = deciderOf(ban.jail, ban);
    const shown = { subject: ban.subject, at, account, isNewAccount: this.#isNew(account, at) };
    this.#noteWrong({ ...shown, decider, kind: "guarded" });
  }

  /** Counts bans that were lifted by hand within a day. */
  onLifted(bans: readonly BegunBan[], now: Instant): void {
    for (const ban of bans) {
      const { jail, subject, from } = ban;
      if (now - from > LIFTED_WITHIN_MS || !this.#counts(ban)) continue;
      this.#noteWrong({ decider: deciderOf(jail, ban), kind: "unbanned", subject, at: now });
    }
  }

  /** Takes back that a ban was lifted by hand, because it was restored. */
  onRestored(ban: BegunBan): void {
    this.#quality.forgetUnbanned(deciderOf(ban.jail, ban), ban.subject, ban.from);
    this.save();
  }

  /** Remembers bans that ended by themselves. */
  onEnded(bans: readonly BegunBan[], now: Instant): void {
    for (const ban of bans)
      if (this.#counts(ban))
        this.#ended.add(ban.subject, { decider: deciderOf(ban.jail, ban), at: now });
  }

  /** Counts a login from an address, or a network, whose ban has ended. */
  onLogin(ip: Ip, account: string, at: Instant): void {
    if (this.#campaigns?.isSuspect(ip, account, at) === true) return;
    const ended = this.#ended
      .takeAround(ip)
      .filter(([, { at: endedAt }]) => at >= endedAt && at - endedAt <= LOGIN_WITHIN_MS);
    if (ended.length === 0) return;
    const shown = { at, account, isNewAccount: this.#isNew(account, at) };
    for (const [subject, { decider }] of ended)
      this.#noteWrong({ ...shown, decider, kind: "login", subject });
  }

  /** Returns whether the detector that found an offender only reports. `because`: its reason. */
  isDemoted(jail: JailName, because: string, now: Instant): boolean {
    return this.#quality.isDemoted(deciderOf(jail, { reason: because, rule: "" }), now);
  }

  /** Returns rules and detectors, those with most wrong bans first. */
  ranking(now: Instant): readonly RankedDecider[] {
    return this.#quality.ranking(now);
  }

  /** Returns how often within 30 days a rule or detector was forgotten, because there were too many. */
  forgotten(now: Instant): number {
    return this.#quality.forgotten(now);
  }

  /** Starts counts again, such as after a rule was fixed; bans from before do not count. Returns what they were. */
  reset(jail: JailName, name: string | undefined, now: Instant): readonly RankedDecider[] {
    const reset = this.#quality.reset(jail, name, now);
    for (const decider of reset) this.#ended.forget(decider);
    this.save();
    return reset;
  }

  /** Returns whether nobody logged in with the account before. The administrator who started the daemon has no name. */
  #isNew(account: string, at: Instant): boolean {
    if (account === "") return false;
    const first = this.#firstLogin(account);
    return first === undefined || first > at - KNOWN_AFTER_MS;
  }

  #counts(ban: BegunBan): boolean {
    return ban.origin === "detected" && this.#quality.counts(deciderOf(ban.jail, ban), ban.from);
  }

  /** Saves the counts of bans; wrong bans are saved immediately. */
  save(): void {
    const saved: Saved = { quality: this.#quality.state(), ended: this.#ended.state() };
    this.#stateStore.save(NAME, JSON.stringify({ version: 1, saved }));
  }

  #noteWrong(wrong: WrongBan & { readonly at: Instant }): void {
    const { decider, at } = wrong;
    const isDemoted = this.#quality.noteWrong(wrong);
    this.save();
    if (!isDemoted) return;
    const rank = this.ranking(at).find(
      (one) => one.isDetector && one.jail === decider.jail && one.name === decider.name,
    );
    const reason = describeWrong(rank ?? { wrong: 0, bans: 0 });
    this.#emit({ event: "detector-demoted", jail: decider.jail, detector: decider.name, reason });
  }
}

/** Describes how often a detector or rule was wrong. */
export function describeWrong({ wrong, bans }: Pick<RankedDecider, "wrong" | "bans">): string {
  return `wrong about ${amount(wrong, "address", "addresses")} within 30 days, with ${amount(bans, "ban")}`;
}
