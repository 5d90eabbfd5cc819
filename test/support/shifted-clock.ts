/**
 * Loaded before a service (`node --import`), it shifts the process's clock by TILL_TEST_CLOCK_SHIFT_MS, as a machine's
 * clock is that no time server sets.
 */
const shiftMs = Number(process.env["TILL_TEST_CLOCK_SHIFT_MS"]);
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(RealDate.now() + shiftMs);
    else super(...(given as [number]));
  }
  static override now(): number {
    return RealDate.now() + shiftMs;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
