import type { Mismatch } from "../rules/mismatch.ts";
import type { Run } from "../rules/reconciliation.ts";

/** A finished reconciliation as an operator reads it. */
export function reportOf(run: Run, mismatches: readonly Mismatch[]): string {
  const { matched, mismatched, problem } = run;
  const range = `${run.from.toISOString()} to ${run.until.toISOString()}`;
  const repaired = mismatches.filter((mismatch) => mismatch.repaired).length;
  const counts = `${matched} payments agree, ${mismatched} do not, ${repaired} were repaired`;
  const outcome = problem === undefined ? counts : `could not be completed: ${problem}`;
  const lines = [`Reconciliation ${run.id}`, `Payments of ${range}`, `${run.status}: ${outcome}`];
  if (mismatches.length === 0) return lines.join("\n");
  const rows = mismatches.map(({ paymentId, orderId, kind, internal, external, repaired }) => [
    kind,
    paymentId || "-",
    orderId || "-",
    internal,
    external,
    repaired ? "yes" : "no",
  ]);
  return [
    ...lines,
    "",
    ...tableOf([["kind", "payment", "order", "internal", "external", "repaired"], ...rows]),
  ].join("\n");
}

function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
