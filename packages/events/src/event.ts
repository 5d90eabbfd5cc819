/** A fact to be published, written to the outbox by the statement that writes the state it tells of. */
export type OutgoingEvent = {
  /** UUIDv7; stays the same however often the event is published. */
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  /** The order's id. It is the record's key as well, so one order's events stay in order. */
  readonly subject: string;
  /** The version of the aggregate after the change. */
  readonly dataVersion: number;
  readonly time: Date;
  readonly traceparent?: string | undefined;
  /** JSON text. Its bytes reach the consumers untouched, so amounts keep their exact decimals. */
  readonly data: string;
};

/** A fact as a handler gets it: once or more often, always with the same id. */
export type IncomingEvent = {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly dataVersion: number;
  readonly time: Date;
  readonly traceparent?: string;
  readonly data: unknown;
  /** The data as JSON text, its amounts with their exact decimals. */
  readonly json: string;
};

/** Thrown by a handler whose order or payment is not known yet: the event is parked and tried again later. */
export class EventTooEarly extends Error {
  override readonly name = "EventTooEarly";
}

/** The record can never be understood, so trying again is of no use: it goes to the dead letters at once. */
export class EventMalformed extends Error {
  override readonly name = "EventMalformed";
}
