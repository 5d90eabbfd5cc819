import { createContextKey } from "@connectrpc/connect";

/** The caller's address, and the id of its request. */
export const peer = createContextKey({ address: "", requestId: "" });

/** The headers of the upstream call. */
export const forwarded = createContextKey<Record<string, string>>({});
