-- The yardstick: the rows of one order as a plain transaction, the way an application without group commit writes it.
-- Ids come from uuidv7() and are carried on by \gset, which costs no round trip of its own.
\set user random(0, 281474976710655)
\set course random(0, 199)
BEGIN;
INSERT INTO orders (id, user_id, status, currency, total_minor, shipping_fee_minor, discount_minor, version, created_at, updated_at, expires_at) VALUES (uuidv7(), ('018f0000-0000-7000-9000-' || lpad(to_hex(:user::bigint), 12, '0')), 'CREATED', 'EUR', 2000, 0, 0, 1, now(), now(), now() + interval '30 minutes') RETURNING id AS order_id, user_id \gset
INSERT INTO order_items (user_id, order_id, id, kind, ref_id, name, quantity, unit_price_minor, paid_minor, offer_id, offer_title, offer_read_at) VALUES (:user_id, :order_id, uuidv7(), 'DIGITAL_COURSE', ('018f0000-0000-7000-a000-' || lpad(to_hex(:course::int), 12, '0')), 'Short Course', 1, 1000, 1000, '018f0000-0000-7000-a000-000000000001', 'Short Course', now());
INSERT INTO order_items (user_id, order_id, id, kind, ref_id, name, quantity, unit_price_minor, paid_minor, offer_id, offer_title, offer_read_at) VALUES (:user_id, :order_id, uuidv7(), 'DIGITAL_COURSE', ('018f0000-0000-7000-a000-' || lpad(to_hex(:course::int + 1), 12, '0')), 'Short Course', 1, 1000, 1000, '018f0000-0000-7000-a000-000000000001', 'Short Course', now());
INSERT INTO order_event (id, user_id, order_id, version, position, type, to_status, actor, reason, created_at) VALUES (uuidv7(), :user_id, :order_id, 1, 1, 'ORDER_CREATED', 'CREATED', 'service:018f0000-0000-7000-8000-0000000000f2', '', now());
INSERT INTO order_event (id, user_id, order_id, version, position, type, to_status, actor, reason, created_at) VALUES (uuidv7(), :user_id, :order_id, 1, 2, 'INVENTORY_RESERVED', 'CREATED', 'service:018f0000-0000-7000-8000-0000000000f2', '', now());
INSERT INTO outbox (event_id, topic, key, type, data_version, time, traceparent, data) VALUES (uuidv7(), 'order.events', :order_id, 'order.created', 1, now(), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '{"orderId":"018f0000-0000-7000-8000-000000000000","userId":"018f0000-0000-7000-9000-000000000000","status":"pending","totalAmount":20.00,"currency":"EUR","itemCount":2,"createdAt":"2026-11-21T10:00:00.000Z"}');
COMMIT;
