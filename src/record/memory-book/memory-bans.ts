/**
 * Keeps current bans in maps, and their ends in a heap. An address is found by the lengths of the networks that are
 * banned, which are few. Bounded: MAX_BANS; the ban that ends first makes room.
 */
import type { Ban, BookedBan } from "../../domain/ban.ts";
import type { BanOpening } from "../../domain/ban-book.ts";
import { maskIp, type Subject, splitSubject, subjectsOverlap } from "../../domain/cidr.ts";
import { detachString } from "../../domain/detach-string.ts";
import { type Instant, instant, laterUntil, type Until } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { EndHeap } from "./end-heap.ts";

const MAX_BANS = 1_000_000;
/** As many as the book of the daemon returns. */
const MAX_OVERLAPPING = 1000;

export class MemoryBans {
  readonly #bans = new Map<Subject, BookedBan[]>();
  /** For each length of a prefix, the number of banned networks. */
  readonly #networks = new Map<number, number>();
  readonly #ends = new EndHeap<BookedBan>();
  #size = 0;
  #lastId = 0;

  get size(): number {
    return this.#size;
  }

  find(jail: JailName, subject: Subject): BookedBan | undefined {
    return this.#bans.get(subject)?.find((ban) => ban.jail === jail);
  }

  all(): Iterable<BookedBan> {
    return this.#bans.values().flatMap((bans) => bans);
  }

  overlapping(subject: Subject): readonly BookedBan[] {
    // Nearly every question is about an address, and nearly no ban is about a network.
    const own = this.#bans.get(subject) ?? NO_BANS;
    const isAddress = !subject.includes("/");
    if (isAddress && this.#networks.size === 0) return own;
    const { ip, prefix } = splitSubject(subject);
    if (!isAddress)
      return [...this.all()]
        .filter((ban) => subjectsOverlap(ban.subject, subject))
        .slice(0, MAX_OVERLAPPING);
    const lengths = [...this.#networks.keys()].filter((length) => length < prefix);
    return [...lengths.flatMap((length) => this.#bans.get(maskIp(ip, length)) ?? NO_BANS), ...own];
  }

  /** Opens a ban, or extends the current one and never shortens it. An ended one must have been removed. */
  open(ban: Ban): BanOpening {
    const old = this.find(ban.jail, ban.subject);
    const wanted = wholeUntil(ban.until);
    if (old === undefined) {
      const from = instant(Math.floor(ban.from));
      const opened = this.#insert({ ...ban, from, until: wanted }, ++this.#lastId);
      return { ban: opened, change: "opened", previousScope: undefined };
    }
    const until = laterUntil(old.until, wanted);
    const isMoved = old.scope !== ban.scope;
    if (until === old.until && !isMoved)
      return { ban: old, change: "unchanged", previousScope: undefined };
    this.remove(old);
    const extended = this.#insert({ ...ban, from: old.from, until }, old.id);
    const previousScope = isMoved ? old.scope : undefined;
    return { ban: extended, change: "extended", previousScope };
  }

  #insert(ban: Ban, id: number): BookedBan {
    if (this.#size >= MAX_BANS) this.#makeRoom();
    const subject = detachString(ban.subject);
    const booked: BookedBan = { ...ban, subject, id, state: "pending", gaps: [] };
    const { ip, prefix } = splitSubject(subject);
    const others = this.#bans.get(subject) ?? NO_BANS;
    this.#bans.set(subject, [...others, booked]);
    if (ip !== subject) this.#networks.set(prefix, (this.#networks.get(prefix) ?? 0) + 1);
    if (booked.until !== "forever") this.#ends.push(booked.until, booked);
    this.#size++;
    return booked;
  }

  #makeRoom(): void {
    const [first] = this.all();
    const soonest = this.#soonest() ?? first;
    if (soonest !== undefined) this.remove(soonest);
  }

  remove(ban: BookedBan): void {
    const { subject } = ban;
    const { ip, prefix } = splitSubject(subject);
    const others = (this.#bans.get(subject) ?? NO_BANS).filter((one) => one !== ban);
    if (others.length === 0) this.#bans.delete(subject);
    else this.#bans.set(subject, others);
    this.#size--;
    if (ip === subject) return;
    const left = (this.#networks.get(prefix) ?? 0) - 1;
    if (left > 0) this.#networks.set(prefix, left);
    else this.#networks.delete(prefix);
  }

  nextExpiry(): Instant | undefined {
    const ban = this.#soonest();
    return ban === undefined || ban.until === "forever" ? undefined : ban.until;
  }

  /** Removes and returns bans that have ended, soonest first. */
  takeEnded(now: Instant, limit: number): readonly BookedBan[] {
    const ended: BookedBan[] = [];
    while (ended.length < limit) {
      const ban = this.#soonest();
      if (ban === undefined || ban.until === "forever" || ban.until > now) break;
      this.remove(ban);
      ended.push(ban);
    }
    return ended;
  }

  /** Returns the ban that ends first. Forgets the ends of bans that were removed or extended. */
  #soonest(): BookedBan | undefined {
    for (;;) {
      const ban = this.#ends.first();
      if (ban === undefined || this.#bans.get(ban.subject)?.includes(ban) === true) return ban;
      this.#ends.removeFirst();
    }
  }
}

const NO_BANS: BookedBan[] = [];

function wholeUntil(until: Until): Until {
  return until === "forever" ? until : instant(Math.floor(until));
}
