import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { prepared, query, transact, type Db } from "@till/postgres/statements";
import type { RequestKey } from "@till/rpc/request-key";
import { requestKeyOf, type Call } from "@till/rpc/server";
import type { Pool, PoolClient } from "pg";
import { keyReused } from "../rules/errors.ts";

/** What a request made or changed: something of an endpoint, or the endpoint itself. */
export type Made = { readonly endpointId: string; readonly madeId: string };

/** Makes it in a transaction, with what must be known before that. */
export type Change = (tx: PoolClient) => Promise<Made>;

type Outcome = Made & { readonly isReplay: boolean };

/** The requests of callers, each made once for its key. */
export type Requests = ReturnType<typeof openRequests>;

/** Opens the stored requests. */
export function openRequests(db: Pick<Db, "pool">) {
  return {
    /**
     * Makes a change for a call, once for its idempotency key; the request's ids are in lower case. A replay, which sets
     * the trailer `idempotent-replay`, neither prepares nor changes anything. Throws IDEMPOTENCY_KEY_INVALID,
     * IDEMPOTENCY_KEY_REUSED and what the change throws, which leaves the key unused.
     */
    async makeOnce<Schema extends DescMessage>(
      schema: Schema,
      request: MessageShape<Schema> & { readonly idempotencyKey: string },
      call: Call,
      prepare: () => Promise<Change> | Change,
    ): Promise<Outcome> {
      const key = requestKeyOf(request.idempotencyKey, call, { prefix: schema.typeName, schema, request });
      const earlier = key && (await madeBefore(db.pool, key));
      const outcome = earlier ? replayOf(earlier) : await make(key, await prepare(), call);
      if (outcome.isReplay) call.setTrailer("idempotent-replay", "true");
      return outcome;
    },
  };

  function make(key: RequestKey | undefined, change: Change, call: Call): Promise<Outcome> {
    call.requireTime();
    return transact(db, async (tx) => {
      // Of concurrent requests under one key the first makes the change.
      if (key) await query(tx, lockKey, [key.callerId, key.key]);
      const earlier = key && (await madeBefore(tx, key));
      if (earlier) return replayOf(earlier);
      const made = await change(tx);
      if (key)
        await query(tx, insertRequest, [key.callerId, key.key, key.hash, made.endpointId, made.madeId]);
      return { ...made, isReplay: false };
    });
  }
}

function replayOf(made: Made): Outcome {
  return { ...made, isReplay: true };
}

/** What the request under this key made. Throws IDEMPOTENCY_KEY_REUSED if it was another one. */
async function madeBefore(
  on: Pool | PoolClient,
  { callerId, key, hash }: RequestKey,
): Promise<Made | undefined> {
  const [row] = await query<Made & { readonly hash: string }>(on, selectRequest, [callerId, key]);
  if (!row) return undefined;
  if (row.hash !== hash) throw keyReused();
  return { endpointId: row.endpointId, madeId: row.madeId };
}

// The schema is part of the lock's name: advisory locks are the whole database's.
const lockKey = prepared(
  "webhook_lock_key",
  `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' webhook key ' || $1 || ' ' || $2, 0))`,
);

const selectRequest = prepared(
  "webhook_select_request",
  `SELECT request_hash AS hash, endpoint_id AS "endpointId", made_id AS "madeId"
     FROM webhook_request WHERE caller_id = $1 AND key = $2`,
);

const insertRequest = prepared(
  "webhook_insert_request",
  `INSERT INTO webhook_request (caller_id, key, request_hash, endpoint_id, made_id) VALUES ($1, $2, $3, $4, $5)`,
);
