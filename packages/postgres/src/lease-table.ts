import { EntitySchema } from "typeorm";
import { externalId, primary, timestamptz, uuid } from "./columns.ts";

/** The table of `createLease`, for a service's migration. */
export const leaseTable = `
  CREATE TABLE lease (
    name text COLLATE "C" PRIMARY KEY,
    holder uuid NOT NULL,
    expires_at timestamptz NOT NULL
  )`;

export const leaseEntity = new EntitySchema({
  name: "lease",
  columns: { name: primary(externalId), holder: uuid, expires_at: timestamptz },
});
