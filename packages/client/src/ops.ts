import type { CallOptions } from "./call-options.ts";
import type { List, ListOptions } from "./list.ts";

/** What operators need when something is left behind, for each service's own database and events. For admins. */
export type Ops = {
  /** Of the order service. */
  readonly orders: ServiceOps;
  /** Of the payment service. */
  readonly payments: ServiceOps;
  /** Of the webhook service. */
  readonly webhooks: ServiceOps;
};

/** Dead letters, what is stuck, and lag, of one service. */
export type ServiceOps = {
  readonly deadLetters: DeadLetters;

  /** Lists what is in a state for longer than it should be, oldest first: at most 100 of each kind. */
  stuck(options?: CallOptions): Promise<Stuck[]>;

  /** Returns how far publishing and consuming events are behind. */
  lag(options?: CallOptions): Promise<Lag>;
};

/** Events that could not be applied. */
export type DeadLetters = {
  /** Lists dead letters, newest first. Those that were discarded are left out. */
  list(filter?: ListOptions & { readonly eventType?: string | undefined }): List<DeadLetter>;

  /** Returns one dead letter, also one that was discarded. */
  get(id: string, options?: CallOptions): Promise<DeadLetter>;

  /** Gives a dead letter's event to its handler once more. */
  replay(id: string, options?: CallOptions & { readonly reason?: string | undefined }): Promise<Replay>;

  /**
   * Replays all dead letters of an event type, oldest first; with `dryRun` only counts them. A call that ends early, by
   * its deadline, can be repeated.
   */
  replayAll(
    eventType: string,
    options?: CallOptions & { readonly dryRun?: boolean | undefined; readonly reason?: string | undefined },
  ): Promise<Replays>;

  /** Takes a dead letter off the list for good, without applying its event. */
  discard(id: string, options: CallOptions & { readonly reason: string }): Promise<DeadLetter>;
};

/** An event that could not be applied, as its topic carried it. */
export type DeadLetter = {
  readonly id: string;
  readonly topic: string;
  /** The id of the event's order. */
  readonly key: string;
  readonly eventId: string;
  readonly eventType?: string | undefined;
  /** The error of the last attempt. */
  readonly reason: string;
  readonly attempts: number;
  readonly failedAt: Date;
  /** The JSON body of the event. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly consumerGroup: string;
  readonly firstSeenAt: Date;
  readonly discardedAt?: Date | undefined;
};

/** What became of a replayed event: PARKED until its order or payment is known, SKIPPED where it has no handler any more. */
export type Replay = {
  readonly outcome: "HANDLED" | "PARKED" | "SKIPPED" | "FAILED" | "UNRECOGNIZED";
  /** The dead letter as it is now, where the event failed again. */
  readonly deadLetter?: DeadLetter | undefined;
};

/** What became of all dead letters of an event type. */
export type Replays = {
  /** Number of them when the call began. */
  readonly matched: number;
  /** Number of them that are no dead letters any more. */
  readonly replayed: number;
  /** Number of them that failed again. */
  readonly failed: number;
};

/** A kind of thing that can be stuck. */
export type StuckKind =
  | "ORDER"
  | "PAYMENT"
  | "OUTBOX_ROW"
  | "HOLD"
  | "REFUND"
  | "PARKED_EVENT"
  | "PROVIDER_EVENT"
  | "OPERATION"
  | "REJECTED_EVENT"
  | "UNRECOGNIZED";

/** Something that is in its state for longer than it should be. */
export type Stuck = {
  readonly kind: StuckKind;
  /** Of the order, the payment, the refund or the event. */
  readonly id: string;
  readonly since: Date;
  readonly cause: string;
  /** What an operator can do about it without risk. */
  readonly remedy: string;
};

/** How far publishing and consuming events are behind. */
export type Lag = {
  /** Events that are not published yet, and the age of the oldest of them. */
  readonly outboxRows: number;
  readonly outboxAgeSeconds: number;
  /** Events that came too early and wait. */
  readonly parkedEvents: number;
  readonly deadLetters: number;
  readonly consumers: readonly ConsumerLag[];
};

/** How far a consumer group is behind in a topic. */
export type ConsumerLag = {
  readonly group: string;
  readonly topic: string;
  /** Records that are not handled yet. Undefined while the brokers cannot be reached. */
  readonly lag?: number | undefined;
};
