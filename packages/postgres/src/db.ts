import type { Pool } from "pg";
import type { DataSource } from "typeorm";

/** A service's database: TypeORM's DataSource for migrations and mapping, its pool for prepared statements. */
export type Db = {
  readonly dataSource: DataSource;
  readonly pool: Pool;
  /** The time by the server's clock, on which all processes of the database agree. */
  readonly now: () => Date;
  close(): Promise<void>;
};
