import type { Pool } from "pg";
import { DataSource, type EntitySchema, type MixedList } from "typeorm";

export type SchemaOptions = {
  /** TypeORM migration classes; what has not run yet is run, one process at a time. */
  readonly migrations: MixedList<MigrationClass>;
  /** The service's tables. */
  readonly entities?: readonly EntitySchema[];
};

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type for a class
type MigrationClass = Function;

/** A DataSource that takes its connections from `pool`; destroying it ends the pool. */
export function dataSourceOn(pool: Pool, { migrations, entities = [] }: SchemaOptions): DataSource {
  return new DataSource({
    type: "postgres",
    migrations,
    entities: [...entities],
    synchronize: false,
    installExtensions: false,
    // TypeORM makes its pool of the class that its driver has; a class whose instance is the service's own pool.
    driver: {
      Pool: class {
        constructor() {
          return pool;
        }
      },
    },
    poolErrorHandler: () => undefined, // the pool has a listener of its own
  });
}
