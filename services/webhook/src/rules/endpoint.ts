/** Where webhooks are posted to. */
export type Endpoint = {
  readonly id: string;
  readonly ownerId: string;
  readonly url: string;
  /** Event types, all of a prefix as in `order.*`, or `*`. */
  readonly eventTypes: readonly string[];
  readonly description: string;
  readonly disabledReason: DisabledReason | null;
  /** Until when nothing is sent to it; null once that is over. */
  readonly pausedUntil: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** CALLER: by UpdateEndpoint. GONE: the endpoint responded 410. */
type DisabledReason = "CALLER" | "GONE";

/** What UpdateEndpoint changes; undefined leaves a field as it is. */
export type EndpointChanges = {
  readonly url: string | undefined;
  readonly eventTypes: readonly string[] | undefined;
  readonly description: string | undefined;
  readonly disabled: boolean | undefined;
};

export const maxEndpointsPerOwner = 20;
export const maxValidSecrets = 5;

/** The owner rule: undefined for an admin, who manages every endpoint; a service manages its own. */
export function ownerScope(caller: { readonly id: string; readonly role: string }): string | undefined {
  return caller.role === "admin" ? undefined : caller.id;
}
