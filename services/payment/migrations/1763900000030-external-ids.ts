import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Users have ids of another system: text, not UUIDs. Such an id is longer than a UUID, so it stays out of the primary
 * keys: those have the payment's, operation's or method's own id, which is unique without the user.
 */
export class ExternalIds1763900000030 implements MigrationInterface {
  name = "ExternalIds1763900000030";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE operation DROP CONSTRAINT operation_user_id_payment_id_fkey`);
    for (const [table, key] of primaryKeys) {
      await runner.query(`
        ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey, ${toText(table)}, ADD PRIMARY KEY (${key})`);
    }
    await runner.query(`ALTER TABLE payment_method_request ${toText("payment_method_request")}`);
    await runner.query(`
      ALTER TABLE operation
        ADD CONSTRAINT operation_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payment (id)`);
    await runner.query(`DROP INDEX payment_by_id, payment_method_by_id`);
    await runner.query(`CREATE INDEX payment_by_user ON payment (user_id, id)`);
    await runner.query(`CREATE INDEX payment_method_by_user ON payment_method (user_id, id)`);
    await indexOperations(runner, "payment_id");
  }

  /** Fails where an id is not a UUID. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX payment_by_user, payment_method_by_user`);
    await runner.query(`ALTER TABLE operation DROP CONSTRAINT operation_payment_id_fkey`);
    await runner.query(`ALTER TABLE payment_method_request ${toUuid("payment_method_request")}`);
    for (const [table, key] of primaryKeys) {
      await runner.query(`
        ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey, ${toUuid(table)}, ADD PRIMARY KEY (user_id, ${key})`);
    }
    await runner.query(`
      ALTER TABLE operation ADD CONSTRAINT operation_user_id_payment_id_fkey
        FOREIGN KEY (user_id, payment_id) REFERENCES payment (user_id, id)`);
    await runner.query(`CREATE INDEX payment_by_id ON payment (id)`);
    await runner.query(`CREATE INDEX payment_method_by_id ON payment_method (id)`);
    await indexOperations(runner, "user_id, payment_id");
  }
}

/** The primary keys that begin with the user, without it. */
const primaryKeys = [
  ["payment", "id"],
  ["operation", "id"],
  ["payment_method", "id"],
  ["payment_event", "payment_id, version, position"],
] as const;

/** Makes the indexes of operations by payment anew. */
async function indexOperations(runner: QueryRunner, payment: string): Promise<void> {
  await runner.query(`DROP INDEX operation_by_payment, operation_by_scope, operation_void_under_way`);
  await runner.query(`CREATE INDEX operation_by_payment ON operation (${payment}, created_at)`);
  await runner.query(`CREATE UNIQUE INDEX operation_by_scope ON operation (${payment}, scope)`);
  await runner.query(`
    CREATE UNIQUE INDEX operation_void_under_way ON operation (${payment})
     WHERE kind = 'void' AND status = 'PENDING'`);
}

/** The ALTER TABLE actions that make a table's user_id an external id. */
function toText(table: string): string {
  return `
    ALTER user_id TYPE text COLLATE "C" USING user_id::text,
    ADD CONSTRAINT ${table}_user_id_external CHECK (user_id ~ '^[!-~]+$' AND length(user_id) <= 128)`;
}

function toUuid(table: string): string {
  return `
    DROP CONSTRAINT ${table}_user_id_external,
    ALTER user_id TYPE uuid USING user_id::uuid`;
}
