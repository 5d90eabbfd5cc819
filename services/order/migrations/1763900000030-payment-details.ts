import type { MigrationInterface, QueryRunner } from "typeorm";

/** How an order was paid, for order.confirmed. Orders that were paid before do not have it. */
export class PaymentDetails1763900000030 implements MigrationInterface {
  name = "PaymentDetails1763900000030";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE orders ADD payment_method text, ADD transaction_id text, ADD paid_at timestamptz`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE orders DROP payment_method, DROP transaction_id, DROP paid_at`);
  }
}
