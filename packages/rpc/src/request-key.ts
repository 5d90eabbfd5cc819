/** Names the one request that a caller may make under an idempotency key; a repeat must have the same hash. */
export type RequestKey = { readonly callerId: string; readonly key: string; readonly hash: string };
