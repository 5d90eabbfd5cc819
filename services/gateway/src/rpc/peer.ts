import { createContextKey } from "@connectrpc/connect";

/** The caller's address, and the id of its request. */
export const peer = createContextKey({ address: "", requestId: "" });
