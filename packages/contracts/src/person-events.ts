import { z } from "zod";
import type { Body, EventContract } from "./event-contract.ts";
import { externalId, text, time } from "./fields.ts";

/** Events about a person, on the orders' topic with the user's id as their key. */
export const personEvents = {
  "person.erased": {
    when: "a person's data were erased from the orders: who keeps data of the user erases them",
    alsoCalled: [],
    versionOf: "the erasure",
    body: z.object({ userId: externalId, erasedAt: time, erasedBy: text }),
  },
} as const satisfies Readonly<Record<string, EventContract>>;

export type PersonErased = Body<(typeof personEvents)["person.erased"]>;
