import type { Dispute } from "@till/client/web";
import { Amount, Id, Status, Time } from "../elements/elements.tsx";
import { formatName } from "../elements/format.ts";

/** A chargeback of a payment: what the payer's bank has withdrawn, why, and until when it can be contested. */
export function DisputeFacts({ dispute }: { dispute: Dispute }) {
  const { id, state, reason, amount, respondBy } = dispute;
  return (
    <section class="dispute" aria-label="Dispute">
      <p class="spread">
        <span>
          Dispute <Status name={state} />
        </span>
        <Amount money={amount} />
      </p>
      <p class="under">
        {formatName(reason)} · <Id id={id} short of="dispute" />
      </p>
      {respondBy && state === "NEEDS_RESPONSE" && (
        <p class="under bad-text">
          Evidence goes to the provider until <Time at={respondBy} />
        </p>
      )}
    </section>
  );
}
