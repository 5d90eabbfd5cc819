/** One record as a broker carries it: an event's headers and its JSON body. */
export type EventRecord = {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
};

export type SubscribeOptions = {
  /** Every group gets every record; the subscribers of one group share them. */
  readonly group: string;
  readonly topics: readonly string[];
  /** By its type, whether a record is wanted. A bus may leave out the others, which are dealt with then; left out: all are. */
  readonly isWanted?: (type: string) => boolean;
  /**
   * Resolves once the records are dealt with. Rejects: the same records come again, and nothing is skipped. `leftOut` is how
   * many records among them were not wanted.
   */
  readonly onBatch: (records: readonly EventRecord[], leftOut?: number) => Promise<void>;
};

export type Subscription = {
  /** Finishes the batch in hand and leaves the group; what comes later waits for the group's next subscriber. */
  close(): Promise<void>;
};

/** Carries records to groups, at least once, in order for each key. */
export type Bus = {
  /**
   * Resolves once the records are durable. Rejects where that is not sure: publish them again. RecordRejected: one of
   * them, at least, is never going to be accepted.
   */
  publish(records: readonly EventRecord[]): Promise<void>;
  /** Resolves once the subscription is noted. A bus that is away is waited for in the background. */
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** How many records of each topic a group has not handled yet. Rejects while the bus is away. */
  lag(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
};

/** What publish throws after close: the records were not published. */
export class BusClosed extends Error {
  override readonly name = "BusClosed";
  constructor() {
    super("the bus is closed");
  }
}

/** What publish throws for a record that no repetition helps: it is too large, or its topic's name is no name. */
export class RecordRejected extends Error {
  override readonly name = "RecordRejected";
}
