/** Who publishes the contracts, and where help is found; a deployment puts its own channels here. */
export const contact = {
  name: "Order management",
  url: "https://example.com/order-management",
  email: "orders@example.com",
} as const;

export const license = {
  name: "Apache-2.0",
  url: "https://www.apache.org/licenses/LICENSE-2.0",
} as const;

/** Of every contract. */
export const contractVersion = "1.0.0";
