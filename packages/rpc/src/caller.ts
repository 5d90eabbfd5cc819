/** What a caller may be: a person, an operator, another service. */
export type Role = "user" | "admin" | "service";

/** Who makes a call, as its verified token says. */
export type Caller = {
  readonly id: string;
  readonly role: Role;
  /** When the token expires, in epoch milliseconds; a stream ends then. */
  readonly tokenExpiresAtMs?: number;
};
