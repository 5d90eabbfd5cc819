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
