/**
 * Finds campaigns: many sources that each try little, so that none of them reaches `maxretry`.
 *
 * Each jail's new sources of failures are counted against its habit (arrivals.ts): all of them, those that try accounts
 * which were not tried before, and those that try accounts of users; and for each user's account, the sources that try
 * it (known-accounts.ts). Networks from which users log in are not counted. An excess begins a campaign; it ends when
 * sources arrive as usual again. During it, a source that was not seen before is a member if its own try ties it to
 * others (find-ties.ts). Time comes from the log, and counts are judged when their second is over, so the order of lines
 * within a second does not matter.
 */
import { subjectOf } from "../../domain/counting-prefix.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { LOGIN_IPV6_PREFIX } from "../../domain/login.ts";
import { type Campaign, hasSign, type Membership, type Sign, type SignKind } from "./campaign.ts";
import { CampaignList, MAX_CAMPAIGNS } from "./campaigns/campaign-list.ts";
import { beginCampaign, joinCampaign, joinEarlier } from "./campaigns/membership.ts";
import type { CompromiseAlarm } from "./compromise-alarms.ts";
import { COUNTED_KINDS, countOf, JailWatch } from "./campaigns/jail-watch.ts";
import type { AccountKey } from "./campaigns/known-accounts.ts";
import { LoginMemory } from "./campaigns/login-memory.ts";
import { NameHashes } from "./campaigns/name-hashes.ts";
import { NameHabit } from "./campaigns/name-habit.ts";
import {
  type CampaignsState,
  loadCampaign,
  restoreAccounts,
  saveCampaign,
  STATE_VERSION,
} from "./campaigns/saved-state.ts";
import { SourceTable } from "./campaigns/source-table.ts";
import { judgeLogin } from "./campaigns/suspect-login.ts";
import type { TiedTry } from "./campaigns/find-ties.ts";
import { hashText } from "./hash.ts";
import type { ObservedAttempt, ObservedLogin } from "./observed-attempt.ts";

export interface CampaignOptions {
  /** Keys the hashes of accounts. The same for all runs that share a saved state. */
  readonly seed: number;
  /** Returns the signs that may begin a campaign at a jail. */
  readonly signsOf: (jail: JailName) => readonly SignKind[];
}

export type Finding =
  | { readonly kind: "began"; readonly campaign: Campaign; readonly sign: Sign }
  | { readonly kind: "ended"; readonly campaign: Campaign };

/** Number of jails whose habits are kept although they do not run, such as those of stopped containers. */
const MAX_ABSENT_JAILS = 64;
const DAY_MS = 86_400_000;
/** A campaign that lasts longer has become the habit. */
const MAX_AGE_MS = 7 * DAY_MS;

export class CampaignDetector {
  readonly #options: CampaignOptions;
  readonly #jails = new Map<JailName, JailWatch>();
  readonly #sources = new SourceTable();
  readonly #logins = new LoginMemory();
  readonly #nameHashes: NameHashes;
  #names = new NameHabit();
  #campaigns = new CampaignList();
  readonly #findings: Finding[] = [];
  /** The current second, from the epoch, and where failures were in it. */
  #second = 0;
  readonly #touched = new Set<JailWatch>();

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#nameHashes = new NameHashes(options.seed);
  }

  /** Observes a failure. Returns what it means if its source belongs to a campaign. Cost: some map operations. */
  attempt(attempt: ObservedAttempt): Membership | undefined {
    const { jail, ip, at, weight } = attempt;
    this.settle(at);
    const watch = this.#watchOf(jail);
    if (at <= (this.#second - DAY_MS / 1000) * 1000) return undefined;
    const familiarity = this.#logins.familiarity(ip, at);
    if (familiarity === "close") return undefined;
    const { accounts, user, likeness } = watch.accounts.of(attempt);
    const isKnown = accounts.length > 0;
    const isUsers = likeness !== "other";
    // A mistyped name of a user shows nothing, so the line counts as one without a name.
    const named = user === undefined || likeness === "similar" ? "" : user;
    const [name, domainName] = [this.#nameHashes.of(named), this.#nameHashes.withDomain(named)];
    const subject = subjectOf(ip, LOGIN_IPV6_PREFIX);
    const { source, isNewName } = this.#sources.note({ jail, subject, at, weight, name });
    const isFresh = name !== 0 && !isUsers && this.#names.isFresh(this.#hash(jail), name);
    const isUnknownUser = attempt.isUnknownUser && !isUsers;
    const facts = { isNewName, isFresh, isKnown, isUsers, isUnknownUser };
    const tried = { source, ip, name, domainName, at, weight, user, ...facts };
    this.#touched.add(watch);
    if (familiarity === "unknown") this.#count(watch, tried, accounts);
    return watch.campaign && joinCampaign(watch.campaign, tried);
  }

  /**
   * Observes a login. Returns an alarm if the account was probably guessed, and learns nothing from it. Nobody guesses
   * a key.
   */
  login(login: ObservedLogin): CompromiseAlarm | undefined {
    const { jail, ip, at, account, method, isOpen } = login;
    this.settle(at);
    const subject = subjectOf(ip, LOGIN_IPV6_PREFIX);
    const source = this.#sources.of(jail, subject);
    const watch = this.#watchOf(jail);
    const { accounts } = watch;
    if (method !== "key" && this.#logins.familiarity(ip, at) === "unknown") {
      const known = { accounts, hashes: this.#nameHashes, campaigns: this.#campaigns.of(jail) };
      const alarm = judgeLogin(login, { ...known, subject, source });
      if (alarm !== undefined) return alarm;
    }
    if (account !== undefined) accounts.login(account, at);
    if (isOpen !== true) {
      this.#logins.note(ip, at);
      if (source !== undefined) watch.discount(source);
    } else if (account !== undefined) accounts.noteNetwork(account, ip, at);
    return undefined;
  }

  /** Judges the seconds before `at`: campaigns begin and end. */
  settle(at: Instant): void {
    const second = Math.floor(at / 1000);
    if (second <= this.#second) return;
    const settled = instant(this.#second * 1000);
    this.#second = second;
    this.#names.advance(at);
    for (const watch of this.#touched)
      for (const account of watch.accounts.takeTried()) this.#judgeAccount(watch, account, settled);
    for (const watch of this.#touched) this.#judgeArrivals(watch, settled);
    this.#touched.clear();
    for (const watch of this.#jails.values()) if (watch.campaign) this.#judgeEnd(watch, at);
  }

  /** Returns what happened since the last call. */
  takeFindings(): readonly Finding[] {
    return this.#findings.splice(0);
  }

  /** Forgets what is known of jails that do not run, except of the newest. */
  keepJails(running: ReadonlySet<JailName>): void {
    const absent = [...this.#jails.values()].filter(({ jail }) => !running.has(jail));
    for (const watch of absent.slice(0, -MAX_ABSENT_JAILS)) {
      this.#end(watch, instant(this.#second * 1000), "past");
      this.#jails.delete(watch.jail);
    }
  }

  /** Returns the campaigns of the last 30 days, newest first. */
  campaigns(): readonly Campaign[] {
    return this.#campaigns.all;
  }

  /** Returns how many campaigns of the last 30 days are not among them, because there were too many. */
  forgottenCampaigns(now: Instant): number {
    return this.#campaigns.forgotten(now);
  }

  /** Moves all times with a step of the wall clock, in milliseconds, but for the sources of the last day. */
  shift(step: number): void {
    this.#second += Math.round(step / 1000);
    this.#names.shift(step);
    for (const watch of this.#jails.values()) watch.shift(step);
  }

  state(): CampaignsState {
    const watches = [...this.#jails.values()];
    return {
      version: STATE_VERSION,
      second: this.#second,
      jails: watches.map((watch) => watch.state()),
      accounts: watches.flatMap(({ accounts }) => accounts.state()),
      logins: this.#logins.state(),
      accountLogins: watches.flatMap(({ accounts }) => accounts.networksState()),
      names: this.#names.state(),
      campaigns: this.#campaigns.all.map((one) => saveCampaign(one)),
      forgotten: this.#campaigns.forgottenState(),
      sources: this.#sources.state(),
    };
  }

  /** Continues from a state. If its time is after `now`, the clock was set back while no daemon ran. */
  restore(state: CampaignsState, now: Instant): void {
    this.#second = state.second;
    const campaigns = state.campaigns.map((one) => loadCampaign(one));
    this.#campaigns = new CampaignList(campaigns, state.forgotten);
    for (const saved of state.jails) this.#watchOf(saved.jail).restore(saved);
    for (const campaign of campaigns)
      if (campaign.endedAt === undefined) this.#watchOf(campaign.jail).campaign = campaign;
    restoreAccounts(state, (jail) => this.#watchOf(jail).accounts);
    this.#logins.restore(state.logins);
    this.#sources.restore(state.sources ?? [], now);
    this.#names = new NameHabit(state.names);
    const ahead = state.second * 1000 - now;
    if (ahead > 0) this.shift(-ahead);
  }

  #hash(text: string): number {
    return hashText(text, this.#options.seed);
  }

  #watchOf(jail: JailName): JailWatch {
    return this.#jails.getOrInsertComputed(jail, () => new JailWatch(jail, () => this.#jails.size));
  }

  #count(
    watch: JailWatch,
    tried: TiedTry & { readonly at: Instant },
    accounts: readonly AccountKey[],
  ): void {
    const { source, name, domainName, isNewName, isFresh, at } = tried;
    watch.count(source, "new-sources");
    if (isNewName) {
      watch.countName(name, at);
      if (domainName !== 0) watch.countName(domainName, at);
      this.#names.add(this.#hash(watch.jail), name);
    }
    const isRemarkable = isNewName && watch.accounts.isRarelyTried(accounts);
    if (isRemarkable) watch.count(source, "known-accounts");
    if (source.names.length > 1 && countOf(source, "known-accounts") > 0)
      watch.count(source, "mixed-accounts");
    if (this.#names.isKnown && (isRemarkable || (isNewName && isFresh)))
      watch.count(source, "new-names");
    if (accounts.length > 0) watch.accounts.tried(accounts, this.#hash(source.subject), at);
  }

  /** Begins the guessing of one user's account, or adds it to the campaign. */
  #judgeAccount(watch: JailWatch, account: AccountKey, at: Instant): void {
    const tries = watch.accounts.judge(account, at);
    if (tries?.isGuessed !== true) return;
    const { sources: count, expected } = tries;
    const user = watch.accounts.nameOf(account);
    const sign = { kind: "one-account", at, count, expected, hours: 24, account: user } as const;
    this.#addSign(watch, sign, instant(at - (at % DAY_MS)));
  }

  #judgeArrivals(watch: JailWatch, at: Instant): void {
    this.#advance(watch, at);
    for (const kind of COUNTED_KINDS) {
      const excess = watch.excess(kind);
      // Many sources at one account are no sign that many accounts are tried.
      const isOne =
        kind === "known-accounts" && watch.campaign && hasSign(watch.campaign, "one-account");
      if (excess === undefined || isOne === true) continue;
      const beganAt = instant(watch.risenSince(kind, excess.hours));
      this.#addSign(watch, { kind, at, ...excess, account: undefined }, beganAt);
    }
  }

  #advance(watch: JailWatch, at: Instant): void {
    const kinds = COUNTED_KINDS.filter((kind) => kind !== "new-names" || this.#names.isKnown);
    watch.advance(at, kinds);
  }

  #addSign(watch: JailWatch, sign: Sign, beganAt: Instant): void {
    const { campaign, jail } = watch;
    if (!this.#options.signsOf(jail).includes(sign.kind)) return;
    if (campaign !== undefined) {
      if (!hasSign(campaign, sign.kind)) campaign.signs.push(sign);
      return;
    }
    this.#endQuietest(sign.at);
    const begun = beginCampaign(watch, sign, beganAt);
    watch.campaign = begun;
    const account = sign.account === undefined ? undefined : this.#nameHashes.of(sign.account);
    for (const source of this.#sources.since(jail, beganAt)) joinEarlier(begun, source, account);
    this.#campaigns.add(begun, sign.at);
    this.#findings.push({ kind: "began", campaign: begun, sign });
  }

  /** Makes room for a further campaign: if all that can be kept are open, the quietest one ends. */
  #endQuietest(at: Instant): void {
    const open = [...this.#jails.values()].filter(({ campaign }) => campaign !== undefined);
    const [quietest] = open.toSorted((a, b) => a.memberTriedAt - b.memberTriedAt);
    if (quietest !== undefined && open.length >= MAX_CAMPAIGNS) this.#end(quietest, at, "past");
  }

  #judgeEnd(watch: JailWatch, at: Instant): void {
    const { campaign } = watch;
    if (campaign === undefined) return;
    this.#advance(watch, at);
    const isHabit = at - campaign.beganAt > MAX_AGE_MS;
    if (isHabit || watch.isOver(campaign, at)) this.#end(watch, at, isHabit ? "habit" : "past");
  }

  #end(watch: JailWatch, at: Instant, as: "past" | "habit"): void {
    const { campaign } = watch;
    if (campaign === undefined) return;
    watch.campaign = undefined;
    watch.conclude(as);
    campaign.endedAt = at;
    this.#findings.push({ kind: "ended", campaign });
  }
}
