import pg from "pg";

const user = (n: string) => `('018f0000-0000-7000-9000-' || lpad(to_hex(${n}), 12, '0'))`;

/** Users with long lists: the first orders of the table are spread over the time the others take. */
const long = [
  { name: "a user's", number: 1, orders: 100_000 },
  { name: "a user's", number: 2, orders: 10_000 },
] as const;

/**
 * Fills the order service's tables: two users with 100,000 and 10,000 orders among a hundred orders each of others,
 * their times and so their ids mixed, as they would have come. Returns the two.
 */
export async function fillOrders(databaseUrl: string, ordersInAll: number) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // One of ten orders is the first user's, one of a hundred the second's.
    await client.query(`
      CREATE TEMP TABLE fill AS
      SELECT uuidv7(make_interval(secs => n - ${ordersInAll})) AS id,
             CASE WHEN n % 10 = 0 THEN ${user("1")}
                  WHEN n % 100 = 1 THEN ${user("2")}
                  ELSE ${user("10 + n / 100")} END AS user_id,
             clock_timestamp() + make_interval(secs => n - ${ordersInAll}) AS at
        FROM generate_series(1, ${ordersInAll}) AS n`);
    await client.query(`
      INSERT INTO orders (id, user_id, status, currency, total_minor, captured_minor, version, created_at, updated_at,
                          expires_at)
      SELECT id, user_id, 'PAID', 'EUR', 1000, 1000, 3, at, at, at FROM fill`);
    await client.query(`
      INSERT INTO order_items (user_id, order_id, id, kind, ref_id, name, quantity, unit_price_minor, paid_minor,
                               offer_title, offer_read_at)
      SELECT user_id, id, id, 'DIGITAL_COURSE', gen_random_uuid()::text, 'Short Course', 1, 1000, 1000,
             'Short Course', at
        FROM fill`);
    await client.query(`VACUUM (ANALYZE) orders, order_items`);
  } finally {
    await client.end();
  }
  return long.map(({ name, number, orders }) => ({
    name,
    orders,
    userId: `018f0000-0000-7000-9000-${number.toString(16).padStart(12, "0")}`,
  }));
}
