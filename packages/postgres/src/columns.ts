import type { EntitySchemaColumnOptions } from "typeorm";

/** The column types of the services' tables, for EntitySchemas. Money is a bigint of minor units. */
export const bigint = { type: "bigint" } as const;
export const boolean = { type: "boolean" } as const;
export const bytea = { type: "bytea" } as const;
export const integer = { type: "integer" } as const;
export const json = { type: "json" } as const;
export const jsonb = { type: "jsonb" } as const;
export const text = { type: "text" } as const;
export const timestamptz = { type: "timestamptz" } as const;
export const uuid = { type: "uuid" } as const;
/** Numbered by the server. */
export const identity = { type: "bigint", generated: "increment" } as const;
/** An id of another system, compared by its bytes. */
export const externalId = { type: "text", collation: "C" } as const;

export function primary<Column extends EntitySchemaColumnOptions>(column: Column) {
  return { ...column, primary: true } as const;
}

export function nullable<Column extends EntitySchemaColumnOptions>(column: Column) {
  return { ...column, nullable: true } as const;
}
