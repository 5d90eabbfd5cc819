import { prepared, query, type Db } from "@till/postgres/statements";
import type { PoolClient } from "pg";
import { appError, endpointNotFound } from "../rules/errors.ts";
import { maxEndpointsPerOwner, type Endpoint, type EndpointChanges } from "../rules/endpoint.ts";
import type { Made } from "./requests.ts";
import { insertSecret, type EncryptedSecret } from "./secrets.ts";

/** A new endpoint, with its first secret. */
export type NewEndpoint = Pick<Endpoint, "id" | "ownerId" | "url" | "eventTypes" | "description"> & {
  readonly secret: EncryptedSecret;
};

/** The stored endpoints. `owner` is whose they must be; undefined stands for any. */
export type Endpoints = ReturnType<typeof openEndpoints>;

type Owner = string | undefined;

/** Opens the stored endpoints. */
export function openEndpoints(db: Pick<Db, "pool">) {
  return {
    /**
     * Makes an endpoint with a secret, whose id is the `madeId`. Throws WEBHOOK_ENDPOINT_EXISTS for a URL that its owner
     * has already, and WEBHOOK_ENDPOINT_LIMIT_REACHED.
     */
    async create(tx: PoolClient, { secret, ...endpoint }: NewEndpoint): Promise<Made> {
      const { id, ownerId, url, eventTypes, description } = endpoint;
      await query(tx, lockOwner, [ownerId]);
      const others = await query<{ id: string; url: string }>(tx, selectOfOwner, [ownerId]);
      requireNew(url, others);
      if (others.length >= maxEndpointsPerOwner)
        throw appError(
          "WEBHOOK_ENDPOINT_LIMIT_REACHED",
          `at most ${maxEndpointsPerOwner} endpoints a caller`,
        );
      await query(tx, insertEndpoint, [id, ownerId, url, eventTypes, description]);
      await query(tx, insertSecret, [id, ...secret]);
      return { endpointId: id, madeId: secret[0] };
    },

    list: (owner: Owner, before: string | undefined, limit: number): Promise<Endpoint[]> =>
      query(db.pool, listEndpoints, [owner ?? null, before ?? null, limit]),

    /** Throws WEBHOOK_ENDPOINT_NOT_FOUND. */
    async find(id: string, owner: Owner): Promise<Endpoint> {
      const [endpoint] = await query<Endpoint>(db.pool, selectEndpoint, [id, owner ?? null]);
      if (!endpoint) throw endpointNotFound(id);
      return endpoint;
    },

    /** Throws WEBHOOK_ENDPOINT_NOT_FOUND, and WEBHOOK_ENDPOINT_EXISTS for a URL that its owner has already. */
    async update(tx: PoolClient, id: string, owner: Owner, changes: EndpointChanges): Promise<Made> {
      const [old] = await query<Endpoint>(tx, selectEndpoint, [id, owner ?? null]);
      if (!old) throw endpointNotFound(id);
      await query(tx, lockOwner, [old.ownerId]);
      const others = await query<{ id: string; url: string }>(tx, selectOfOwner, [old.ownerId]);
      if (changes.url)
        requireNew(
          changes.url,
          others.filter((other) => other.id !== id),
        );
      const { url = null, eventTypes = null, description = null, disabled = null } = changes;
      const updated = await query(tx, updateEndpoint, [id, url, eventTypes, description, disabled]);
      if (updated.length === 0) throw endpointNotFound(id);
      const isEnabled = disabled === false && old.disabledReason !== null;
      if (isEnabled || (url !== null && url !== old.url)) await query(tx, sendWaiting, [id]);
      return { endpointId: id, madeId: id };
    },

    /** Throws WEBHOOK_ENDPOINT_NOT_FOUND. */
    async delete(tx: PoolClient, id: string, owner: Owner): Promise<Made> {
      const deleted = await query(tx, deleteEndpoint, [id, owner ?? null]);
      if (deleted.length === 0) throw endpointNotFound(id);
      return { endpointId: id, madeId: id };
    },
  };
}

function requireNew(url: string, others: readonly { readonly id: string; readonly url: string }[]): void {
  const same = others.find((other) => other.url === url);
  if (!same) return;
  const facts = { metadata: { endpoint_id: same.id } };
  throw appError("WEBHOOK_ENDPOINT_EXISTS", "the caller has an endpoint for this URL", facts);
}

const columns = `id, owner_id AS "ownerId", url, event_types AS "eventTypes", description,
  disabled_reason AS "disabledReason",
  CASE WHEN paused_until > now() THEN paused_until END AS "pausedUntil", created_at AS "createdAt", updated_at AS "updatedAt"`;

// Concurrent requests of one owner are compared with each other.
const lockOwner = prepared(
  "webhook_lock_owner",
  `SELECT pg_advisory_xact_lock(hashtextextended('webhook_endpoint ' || $1::text, 0))`,
);

const selectOfOwner = prepared(
  "webhook_select_of_owner",
  `SELECT id, url FROM webhook_endpoint WHERE owner_id = $1`,
);

const insertEndpoint = prepared(
  "webhook_insert_endpoint",
  `INSERT INTO webhook_endpoint (id, owner_id, url, event_types, description)
   VALUES ($1, $2, $3, $4, $5)`,
);

const listEndpoints = prepared(
  "webhook_list_endpoints",
  `SELECT ${columns} FROM webhook_endpoint
    WHERE ($1::text IS NULL OR owner_id = $1) AND ($2::uuid IS NULL OR id < $2)
    ORDER BY id DESC LIMIT $3`,
);

const selectEndpoint = prepared(
  "webhook_select_endpoint",
  `SELECT ${columns} FROM webhook_endpoint WHERE id = $1 AND ($2::text IS NULL OR owner_id = $2)`,
);

const updateEndpoint = prepared(
  "webhook_update_endpoint",
  `UPDATE webhook_endpoint
      SET url = coalesce($2, url), event_types = coalesce($3, event_types), description = coalesce($4, description),
          disabled_reason = CASE $5::boolean WHEN true THEN coalesce(disabled_reason, 'CALLER') WHEN false THEN NULL
                                             ELSE disabled_reason END,
          updated_at = now()
    WHERE id = $1
   RETURNING 1`,
);

// As if no attempt had been made: what they waited for may be over.
const sendWaiting = prepared(
  "webhook_send_waiting",
  `WITH resumed AS (UPDATE webhook_endpoint SET paused_until = NULL WHERE id = $1)
   UPDATE webhook_queue SET tries = 0, first_attempt_at = NULL, next_attempt_at = now() WHERE endpoint_id = $1`,
);

const deleteEndpoint = prepared(
  "webhook_delete_endpoint",
  `DELETE FROM webhook_endpoint WHERE id = $1 AND ($2::text IS NULL OR owner_id = $2) RETURNING 1`,
);
