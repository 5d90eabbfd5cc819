import type { StoredTokens, TokenPlace } from "../store/stored-tokens.ts";

/** Result of a key rotation: how many tokens it encrypted anew, and the ids of the payment methods that failed. */
export type Rotation = { readonly rotated: number; readonly failed: readonly string[] };

const batchSize = 200;

/** Encrypts every stored token with the key ring's first key. An interrupted rotation is continued by the next one. */
export async function rotateKeys(
  tokens: Pick<StoredTokens, "rotateBatch">,
  onBatch: (sofar: Rotation) => void,
): Promise<Rotation> {
  let place: TokenPlace = { user_id: "", id: "00000000-0000-0000-0000-000000000000" };
  let sofar: Rotation = { rotated: 0, failed: [] };
  for (;;) {
    const batch = await tokens.rotateBatch(place, batchSize);
    if (!batch.last) return sofar;
    place = batch.last;
    sofar = { rotated: sofar.rotated + batch.rotated, failed: [...sofar.failed, ...batch.failed] };
    onBatch(sofar);
  }
}
