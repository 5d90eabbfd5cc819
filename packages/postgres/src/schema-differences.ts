import type { Db } from "./db.ts";

/**
 * Returns the statements that would make the migrated schema the one that the entities declare; none where they agree.
 * Checks, which only the migrations have, are not compared; of a table without an entity the name is returned.
 */
export async function schemaDifferences({ dataSource }: Pick<Db, "dataSource">): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  const checks = await dataSource.query<{ name: string }[]>(
    "SELECT conname AS name FROM pg_constraint WHERE contype = 'c' AND connamespace = current_schema()::regnamespace",
  );
  const drops = checks.map(({ name }) => `DROP CONSTRAINT "${name}"`);
  const tables = await dataSource.query<{ name: string }[]>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'migrations'",
  );
  const declared = new Set(dataSource.entityMetadatas.map(({ tableName }) => tableName));
  return [
    ...upQueries.map(({ query }) => query).filter((text) => !drops.some((drop) => text.endsWith(drop))),
    ...tables.filter(({ name }) => !declared.has(name)).map(({ name }) => `no entity for the table ${name}`),
  ];
}
