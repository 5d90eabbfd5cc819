import { CreatePayments1763700000000 } from "./1763700000000-create-payments.ts";
import { PaymentLifecycle1763800000010 } from "./1763800000010-payment-lifecycle.ts";
import { StorePaymentMethods1763800000030 } from "./1763800000030-payment-methods.ts";
import { Audit1763800000040 } from "./1763800000040-audit.ts";
import { Reconciliation1763800000041 } from "./1763800000041-reconciliation.ts";
import { ProviderEvents1763800000050 } from "./1763800000050-provider-events.ts";
import { NameMismatches1763900000010 } from "./1763900000010-name-mismatches.ts";
import { DeriveAttempts1763900000020 } from "./1763900000020-derive-attempts.ts";
import { ExternalIds1763900000030 } from "./1763900000030-external-ids.ts";
import { PaymentNames1763900000040 } from "./1763900000040-payment-names.ts";
import { Disputes1764000000010 } from "./1764000000010-disputes.ts";
import { PaymentErasure1764000000120 } from "./1764000000120-erasure.ts";
import { DeadLetterOperations1764000000200 } from "./1764000000200-dead-letter-operations.ts";
import { ProviderEventTransactions1764100000010 } from "./1764100000010-provider-event-transactions.ts";
import { Leases1764100000010 } from "./1764100000010-leases.ts";
import { AttemptsOf1764100000040 } from "./1764100000040-attempts-of.ts";
import { PruneByAge1764100000050 } from "./1764100000050-prune-by-age.ts";
import { RowsOfAttempts1764100000060 } from "./1764100000060-rows-of-attempts.ts";

/** The payment service's schema, oldest change first. */
export const migrations = [
  CreatePayments1763700000000,
  PaymentLifecycle1763800000010,
  StorePaymentMethods1763800000030,
  Audit1763800000040,
  Reconciliation1763800000041,
  ProviderEvents1763800000050,
  NameMismatches1763900000010,
  DeriveAttempts1763900000020,
  ExternalIds1763900000030,
  PaymentNames1763900000040,
  Disputes1764000000010,
  PaymentErasure1764000000120,
  DeadLetterOperations1764000000200,
  ProviderEventTransactions1764100000010,
  Leases1764100000010,
  AttemptsOf1764100000040,
  PruneByAge1764100000050,
  RowsOfAttempts1764100000060,
];
