# The usual names for what package.json's scripts do; each line below is the whole of it.
.DEFAULT_GOAL := help
.PHONY: help install start stack test check lint format docs proto migrate bench up down logs image manifests clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: ## what the lock file names
	npm ci

start: ## everything in one process, on an embedded Postgres
	npm start

stack: ## the real Postgres, Redis and Kafka, without Docker
	npm run stack

test: ## every test
	npm test

check: ## every static check
	npm run check

lint: ## code and contracts
	npm run lint

format: ## writes the format
	npm run format

docs: ## writes the documents that are made from code
	npm run docs

proto: ## TypeScript of the proto files
	npm run generate

migrate: ## the schemas of all three databases, up to date
	npm run migrate -- order payment webhook

bench: ## how fast, side by side
	npm run bench

up: ## the cluster way on Docker
	docker compose up --build --detach --wait

down: ## ends it; its data stays
	docker compose down

logs: ## of all of its services
	docker compose logs --follow

image: ## till:local
	docker build --file deploy/Dockerfile --tag till:local .

manifests: ## the trial cluster, as kubectl would get it
	kustomize build deploy/k8s/overlays/trial

clean: ## what is installed, and the data of npm start
	rm -rf node_modules .till
