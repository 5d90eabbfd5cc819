import { randomHex } from "@till/ids";

/** What the sandbox has, and what any id of its ranges stands for. Tests of both services and of the system use it. */

export const ada = "018f0000-0000-7000-8000-0000000000a1";
export const bo = "018f0000-0000-7000-8000-0000000000a2";
export const inactiveUser = "018f0000-0000-7000-8000-0000000000a9";

/** Services of the platform, as callers. */
export const paymentService = "018f0000-0000-7000-8000-0000000000f2";
export const shop = "018f0000-0000-7000-8000-0000000000f9";

/** EUR 49.00 and EUR 19.90; the third is no longer on sale. */
export const course = "018f0000-0000-7000-8000-0000000000c1";
export const otherCourse = "018f0000-0000-7000-8000-0000000000c2";
export const retiredCourse = "018f0000-0000-7000-8000-0000000000c9";

/** Sessions at EUR 25.00: one of 10 seats, one of a single seat. */
export const clinic = "018f0000-0000-7000-8000-0000000000e1";
export const mentorHour = "018f0000-0000-7000-8000-0000000000e2";

/** Products: 1,000 at EUR 12.50, a single one at EUR 80.00, 500 at JPY 1,500. */
export const notebook = "018f0000-0000-7000-8000-0000000000b1";
export const firstEdition = "018f0000-0000-7000-8000-0000000000b2";
export const brush = "018f0000-0000-7000-8000-0000000000b3";

const idFrom = (prefix: string) => `018f0000-0000-7000-${prefix}${randomHex(2).slice(1)}-${randomHex(6)}`;

/** An active user who has bought nothing yet. */
export const newUser = () => idFrom("9");
/** A course at EUR 10.00. */
export const newCourse = () => idFrom("a");
/** A session of 100 seats at EUR 15.00. */
export const newSession = () => idFrom("b");
/** A product at EUR 5.00, of which there are 1,000,000. */
export const newProduct = () => idFrom("d");

/** Euros and cents, as google.type.Money. */
export function eur(amount: number) {
  const units = Math.trunc(amount);
  const nanos = Math.round((amount - units) * 100) * 10_000_000;
  return { currencyCode: "EUR", units: BigInt(units), nanos };
}

export const berlin = {
  regionCode: "DE",
  postalCode: "10115",
  locality: "Berlin",
  addressLines: ["Invalidenstr. 1"],
};
/** Where delivery costs EUR 9.90, or JPY 1,200. */
export const reykjavik = { ...berlin, regionCode: "IS", locality: "Reykjavík" };

/** Lines of a CreateOrder request. */
export const courseLine = (value: string, quantity = 1) => ({
  item: { case: "courseId" as const, value },
  quantity,
});
export const sessionLine = (value: string, quantity = 1) => ({
  item: { case: "sessionId" as const, value },
  quantity,
});
export const productLine = (value: string, quantity = 1) => ({
  item: { case: "productId" as const, value },
  quantity,
});
