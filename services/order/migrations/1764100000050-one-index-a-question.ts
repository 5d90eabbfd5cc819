import type { MigrationInterface, QueryRunner } from "typeorm";

const unpaid = "status IN ('CREATED', 'PAYMENT_PENDING', 'PAYMENT_FAILED')";

/**
 * Lets each of these indexes be used only by statements that constrain all of its columns. While statistics take a table for
 * nearly empty, all indexes cost the same to the planner, and it may look for a user's unpaid orders in those of everyone.
 */
export class OneIndexAQuestion1764100000050 implements MigrationInterface {
  name = "OneIndexAQuestion1764100000050";

  async up(runner: QueryRunner): Promise<void> {
    await index(runner, "orders_unpaid_by_user", `orders (user_id) WHERE ${unpaid} AND user_id IS NOT NULL`);
    await index(
      runner,
      "orders_unpaid_by_expiry",
      `orders (expires_at) WHERE ${unpaid} AND expires_at IS NOT NULL`,
    );
    await index(runner, "order_items_by_ref", "order_items (ref_id, order_id) WHERE order_id IS NOT NULL");
  }

  async down(runner: QueryRunner): Promise<void> {
    await index(runner, "orders_unpaid_by_user", `orders (user_id) WHERE ${unpaid}`);
    await index(runner, "orders_unpaid_by_expiry", `orders (expires_at) WHERE ${unpaid}`);
    await index(runner, "order_items_by_ref", "order_items (ref_id, order_id)");
  }
}

async function index(runner: QueryRunner, name: string, definition: string): Promise<void> {
  await runner.query(`DROP INDEX ${name}`);
  await runner.query(`CREATE INDEX ${name} ON ${definition}`);
}
