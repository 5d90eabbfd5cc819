import { prepared, query, transact, type Db } from "@till/postgres/statements";
import { appError, endpointNotFound } from "../rules/errors.ts";
import { maxEndpointsPerOwner, type Endpoint, type EndpointChanges } from "../rules/endpoint.ts";
import type { EncryptedSecret } from "./secrets.ts";
import { insertSecret } from "./secrets.ts";

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
    /** Throws WEBHOOK_ENDPOINT_EXISTS for a URL that its owner has already, and WEBHOOK_ENDPOINT_LIMIT_REACHED. */
    create: ({ secret, ...endpoint }: NewEndpoint): Promise<Endpoint> =>
      transact(db, async (tx) => {
        const { id, ownerId, url, eventTypes, description } = endpoint;
        await query(tx, lockOwner, [ownerId]);
        const others = await query<{ id: string; url: string }>(tx, selectOfOwner, [ownerId]);
        requireNew(url, others);
        if (others.length >= maxEndpointsPerOwner)
          throw appError(
            "WEBHOOK_ENDPOINT_LIMIT_REACHED",
            `at most ${maxEndpointsPerOwner} endpoints a caller`,
          );
        const values = [id, ownerId, url, eventTypes, description];
        const [created] = await query<Endpoint>(tx, insertEndpoint, values);
        await query(tx, insertSecret, [id, ...secret]);
        return created!;
      }),

    list: (owner: Owner, before: string | undefined, limit: number): Promise<Endpoint[]> =>
      query(db.pool, listEndpoints, [owner ?? null, before ?? null, limit]),

    /** Throws WEBHOOK_ENDPOINT_NOT_FOUND. */
    async find(id: string, owner: Owner): Promise<Endpoint> {
      const [endpoint] = await query<Endpoint>(db.pool, selectEndpoint, [id, owner ?? null]);
      if (!endpoint) throw endpointNotFound(id);
      return endpoint;
    },

    /** Throws WEBHOOK_ENDPOINT_NOT_FOUND, and WEBHOOK_ENDPOINT_EXISTS for a URL that its owner has already. */
    update: (id: string, owner: Owner, changes: EndpointChanges): Promise<Endpoint> =>
      transact(db, async (tx) => {
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
        const values = [id, url, eventTypes, description, disabled];
        const [updated] = await query<Endpoint>(tx, updateEndpoint, values);
        if (!updated) throw endpointNotFound(id);
        return updated;
      }),

    /** Throws WEBHOOK_ENDPOINT_NOT_FOUND. */
    async delete(id: string, owner: Owner): Promise<void> {
      const deleted = await transact(db, (tx) => query(tx, deleteEndpoint, [id, owner ?? null]));
      if (deleted.length === 0) throw endpointNotFound(id);
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
  disabled_reason AS "disabledReason", created_at AS "createdAt", updated_at AS "updatedAt"`;

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
   VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`,
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
   RETURNING ${columns}`,
);

const deleteEndpoint = prepared(
  "webhook_delete_endpoint",
  `DELETE FROM webhook_endpoint WHERE id = $1 AND ($2::text IS NULL OR owner_id = $2) RETURNING 1`,
);
