-- Run by the Postgres image when its volume is empty. Each service has a database of its own.
create database till_order;
create database till_payment;
create database till_webhook;
