/** A postal address, with the fields of google.type.PostalAddress. */
export type Address = {
  /** ISO 3166 code of the country, such as "DE". */
  readonly regionCode: string;
  /** Street and number, and what else there is. */
  readonly addressLines?: readonly string[] | undefined;
  readonly postalCode?: string | undefined;
  /** The town. */
  readonly locality?: string | undefined;
  readonly sublocality?: string | undefined;
  /** The state or province. */
  readonly administrativeArea?: string | undefined;
  readonly recipients?: readonly string[] | undefined;
  readonly organization?: string | undefined;
  readonly languageCode?: string | undefined;
  readonly sortingCode?: string | undefined;
};
