/** The currencies of ISO 4217 by their decimals. A code is only ever added or moved to `retired`: orders are kept in it. */
export const current: readonly CodesByExponent[] = [
  { exponent: 0, codes: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF" },
  {
    exponent: 2,
    codes:
      "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY " +
      "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS " +
      "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR " +
      "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP " +
      "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
  },
  { exponent: 3, codes: "BHD IQD JOD KWD LYD OMR TND" },
  { exponent: 4, codes: "CLF UYW" },
];

/**
 * What ISO withdrew since 2000, with the decimals of their time: no order is placed in these any more. Held against the
 * currency tables of OpenJDK 17 and of ICU, which differ in ROL alone (0 and 2).
 */
export const retired: readonly CodesByExponent[] = [
  { exponent: 0, codes: "ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE TPE TRL" },
  {
    exponent: 2,
    codes:
      "AFA ANG AON AOR ATS AYM AZM BGL BGN CHC CSD CUC CYP DEM ECS ECV EEK FIM FRF GHC HRK IEP LTL LVL MRO MTL MZM NLG " +
      "ROL RUR SDD SIT SKK SLL SRG STD TJR TMM USS VEB VEF YUM ZMK ZWD ZWL ZWN ZWR",
  },
];

type CodesByExponent = { readonly exponent: number; readonly codes: string };
