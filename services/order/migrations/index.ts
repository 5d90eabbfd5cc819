import { CreateOrders1763700000000 } from "./1763700000000-create-orders.ts";
import { WholeLife1763800000010 } from "./1763800000010-whole-life.ts";
import { StockIntentKey1763800000020 } from "./1763800000020-stock-intent-key.ts";
import { ReturnedAt1763800000021 } from "./1763800000021-returned-at.ts";
import { UnpaidOrdersOf1763800000022 } from "./1763800000022-unpaid-orders-of.ts";
import { RefundSucceeded1763900000010 } from "./1763900000010-refund-succeeded.ts";
import { ExternalIds1763900000020 } from "./1763900000020-external-ids.ts";
import { PaymentDetails1763900000030 } from "./1763900000030-payment-details.ts";
import { SessionTimes1764000000010 } from "./1764000000010-session-times.ts";
import { PaidShares1764000000030 } from "./1764000000030-paid-shares.ts";
import { PriceSnapshots1764000000040 } from "./1764000000040-price-snapshots.ts";
import { AccessSince1764000000050 } from "./1764000000050-access-since.ts";
import { HistoryPayload1764000000060 } from "./1764000000060-history-payload.ts";
import { ReleaseOfLines1764000000070 } from "./1764000000070-release-of-lines.ts";
import { CancelledSeats1764000000080 } from "./1764000000080-cancelled-seats.ts";
import { FreeOrders1764000000090 } from "./1764000000090-free-orders.ts";
import { Erasure1764000000100 } from "./1764000000100-erasure.ts";
import { Disputes1764000000110 } from "./1764000000110-disputes.ts";
import { RefundsDue1764000000120 } from "./1764000000120-refunds-due.ts";
import { Jobs1764000000130 } from "./1764000000130-jobs.ts";
import { OperatorActions1764000000200 } from "./1764000000200-operator-actions.ts";
import { Leases1764100000010 } from "./1764100000010-leases.ts";
import { UnpaidByExpiry1764100000020 } from "./1764100000020-unpaid-by-expiry.ts";
import { UnpaidOrdersLock1764100000030 } from "./1764100000030-unpaid-orders-lock.ts";
import { PruneByAge1764100000040 } from "./1764100000040-prune-by-age.ts";
import { OneIndexAQuestion1764100000050 } from "./1764100000050-one-index-a-question.ts";

/** The migrations of the order service, oldest first. */
export const migrations = [
  CreateOrders1763700000000,
  WholeLife1763800000010,
  StockIntentKey1763800000020,
  ReturnedAt1763800000021,
  UnpaidOrdersOf1763800000022,
  RefundSucceeded1763900000010,
  ExternalIds1763900000020,
  PaymentDetails1763900000030,
  SessionTimes1764000000010,
  PaidShares1764000000030,
  PriceSnapshots1764000000040,
  AccessSince1764000000050,
  HistoryPayload1764000000060,
  ReleaseOfLines1764000000070,
  CancelledSeats1764000000080,
  FreeOrders1764000000090,
  Erasure1764000000100,
  Disputes1764000000110,
  RefundsDue1764000000120,
  Jobs1764000000130,
  OperatorActions1764000000200,
  Leases1764100000010,
  UnpaidByExpiry1764100000020,
  UnpaidOrdersLock1764100000030,
  PruneByAge1764100000040,
  OneIndexAQuestion1764100000050,
];
