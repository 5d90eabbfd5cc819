import { inSpan, isTracing } from "@till/tracing";
import type { ClientBase, Pool } from "pg";

/** A statement Postgres parses and plans once a connection. */
export type Statement = { readonly name: string; readonly text: string };

/** Names a statement. The name must be unique in its service and change when the text's meaning does. */
export function prepared(name: string, text: string): Statement {
  return { name, text };
}

/** Runs a statement and returns its rows. `Row` is what the statement's text selects. */
export async function query<Row>(
  on: Pool | ClientBase,
  { name, text }: Statement,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  const result = await inStatementSpan(name, text, () =>
    on.query({ name, text, values: params as unknown[] }),
  );
  return result.rows as Row[];
}

/** Sends a statement within a span, where it is sent within another one. */
export function inStatementSpan<Result>(
  name: string,
  text: string,
  send: () => Promise<Result>,
): Promise<Result> {
  if (!isTracing()) return send();
  const attributes = { "db.system.name": "postgresql", "db.query.text": text };
  return inSpan(name, { kind: "client", onlyWithin: true, attributes }, send);
}
