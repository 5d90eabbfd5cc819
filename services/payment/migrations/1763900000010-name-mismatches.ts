import type { MigrationInterface, QueryRunner } from "typeorm";

/** Mismatches with the names of the public contract: internal and external. */
export class NameMismatches1763900000010 implements MigrationInterface {
  name = "NameMismatches1763900000010";

  async up(runner: QueryRunner): Promise<void> {
    await rename(runner, { here: "internal", there: "external" }, kinds);
  }

  async down(runner: QueryRunner): Promise<void> {
    const back = kinds.map(([before, after]) => [after, before] as const);
    await rename(runner, { internal: "here", external: "there" }, back);
  }
}

const kinds: readonly (readonly [string, string])[] = [
  ["MISSING_HERE", "MISSING_INTERNAL"],
  ["MISSING_THERE", "MISSING_EXTERNAL"],
];

async function rename(
  runner: QueryRunner,
  columns: Readonly<Record<string, string>>,
  values: typeof kinds,
): Promise<void> {
  const table = "reconciliation_mismatch";
  for (const [before, after] of Object.entries(columns))
    await runner.query(`ALTER TABLE ${table} RENAME ${before} TO ${after}`);
  await runner.query(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_kind_check`);
  for (const [before, after] of values)
    await runner.query(`UPDATE ${table} SET kind = '${after}' WHERE kind = '${before}'`);
  const allowed = ["AMOUNT", "DUPLICATE", "WRONG_STATE", ...values.map(([, after]) => after)];
  await runner.query(`
    ALTER TABLE ${table} ADD CONSTRAINT ${table}_kind_check
      CHECK (kind IN (${allowed.map((kind) => `'${kind}'`).join(", ")}))`);
}
