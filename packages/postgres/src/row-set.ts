/** Rows that are sent to a statement as one array parameter a column, which both sides read faster than JSON. */
export type RowSet<Column extends string> = {
  /** For a FROM clause: the columns, and `ord`, the place in the batch. */
  readonly from: string;
  /** The columns' names, separated by commas. */
  readonly columns: string;
  /** The number of the first parameter after these. */
  readonly next: number;
  readonly params: (rows: readonly Row<Column>[]) => string[];
};

/** `json` is a JSON text, stored as the text it is; `jsonb` any object. */
export type ColumnType =
  "uuid" | "text" | "integer" | "bigint" | "boolean" | "timestamptz" | "json" | "jsonb";

type Row<Column extends string> = { readonly [Name in Column]: Value };
type Value = string | number | bigint | boolean | Date | object | null | undefined;

/** Describes rows by their columns' types, sent from parameter `first` on. */
export function rowSet<Column extends string>(
  name: string,
  first: number,
  types: { readonly [Name in Column]: ColumnType },
): RowSet<Column> {
  const columns = Object.entries<ColumnType>(types) as [Column, ColumnType][];
  const arrays = columns
    .map(([, type], index) => `$${first + index}::${type === "json" ? "text" : type}[]`)
    .join(", ");
  const names = columns.map(([column]) => column).join(", ");
  return {
    from: `unnest(${arrays}) WITH ORDINALITY AS ${name}(${names}, ord)`,
    columns: names,
    next: first + columns.length,
    params: (rows) => columns.map(([column, type]) => arrayOf(rows, column, literals[type])),
  };
}

function arrayOf<Column extends string>(
  rows: readonly Row<Column>[],
  column: Column,
  literal: Literal,
): string {
  let text = "{";
  for (const row of rows) {
    const value = row[column];
    if (text.length > 1) text += ",";
    text += value === null || value === undefined ? "NULL" : literal(value);
  }
  return text + "}";
}

type Literal = (value: NonNullable<Value>) => string;

/** What needs no quotes inside a Postgres array goes without. */
const plain: Literal = (value) => `${value as string}`;

// This runs some forty times an order. Most texts are words: codes, ids, hashes.
const word = /^[\w:.-]+$/;
const text: Literal = (value) => {
  const given = value as string;
  if (word.test(given) && given.toUpperCase() !== "NULL") return given;
  return `"${given.replace(/["\\]/g, "\\$&")}"`;
};

const literals: { readonly [Type in ColumnType]: Literal } = {
  uuid: plain,
  integer: plain,
  bigint: plain,
  boolean: plain,
  text,
  timestamptz: (value) => isoOf(value as Date),
  // JSON's own escaping of a JSON text is what a Postgres array asks for: it has no control characters left.
  json: (value) => JSON.stringify(value),
  jsonb: (value) => JSON.stringify(JSON.stringify(value)),
};

let lastMs = Number.NaN;
let lastIso = "";

/** A batch has few different times in it, one after the other. */
function isoOf(date: Date): string {
  const ms = date.getTime();
  if (ms !== lastMs) {
    lastIso = date.toISOString();
    lastMs = ms;
  }
  return lastIso;
}
