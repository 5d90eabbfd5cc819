import type { Signal } from "@preact/signals";

/** Why an operator does it, for the record. */
export function ReasonField({
  reason,
  isRequired = false,
}: {
  reason: Signal<string>;
  isRequired?: boolean;
}) {
  return (
    <label class="field">
      <span>Reason{!isRequired && <small> (kept in the record)</small>}</span>
      <input
        required={isRequired}
        maxLength={500}
        value={reason.value}
        onInput={({ currentTarget }) => (reason.value = currentTarget.value)}
      />
    </label>
  );
}
