/** Which of these events a group has applied: `$group` is its name, `$ids` a text[]. Ask under the aggregate's lock. */
export function inboxSelect(group: number, ids: number): string {
  return `SELECT event_id FROM inbox WHERE consumer_group = $${group}::text AND event_id = ANY($${ids}::text[])`;
}

/**
 * The statement, or the CTE within a service's own statement, that records events as applied.
 * An event recorded before fails the statement, so that nothing can be applied twice by mistake.
 */
export function inboxInsert(group: number, ids: number): string {
  return `INSERT INTO inbox (consumer_group, event_id) SELECT $${group}::text, unnest($${ids}::text[])`;
}

/**
 * The CTE that records the events of a statement's own rows, `source`, whose column `event_id` may be null. It returns the
 * ids of those that were not recorded before.
 */
export function inboxInsertFrom(source: string, group: number): string {
  return `INSERT INTO inbox (consumer_group, event_id)
     SELECT $${group}::text, event_id FROM ${source} WHERE event_id IS NOT NULL ORDER BY event_id
     ON CONFLICT DO NOTHING
     RETURNING event_id`;
}

/** Whether a group has applied the event of a row; `$group` is the group's name. A subquery that is never hashed. */
export function isInInbox(eventId: string, group: number): string {
  return `coalesce((SELECT true FROM inbox WHERE consumer_group = $${group}::text AND event_id = ${eventId}), false)`;
}
