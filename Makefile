# Yongxing Code (甬行码). `make help` lists what there is.
SHELL := /bin/bash
GO    ?= go
BIN   := bin/yongxing

.DEFAULT_GOAL := help
.PHONY: help run build test postgres race check gen fmt lint torture bench css lighthouse

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

build: ## build the program
	@test -d "$$($(GO) env GOCACHE)/00" || echo "The first build compiles SQLite and takes a few minutes."
	$(GO) build -o $(BIN) ./cmd/yongxing

run: build ## build and serve the demo on http://localhost:8080
	./$(BIN) serve --demo --data data/demo

test: ## all tests (browser tests run if Chromium is there; YX_REQUIRE_BROWSER=1 demands it)
	$(GO) vet ./...
	@missing=; for tool in chromium zbarimg; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	 for tool in axe-core esbuild doiuse; do test -d .node/node_modules/$$tool || missing="$$missing $$tool(npm-ci-in-.node)"; done; \
	 test -z "$$missing" || echo "tests that need these are left out, unless YX_REQUIRE_BROWSER=1 demands them:$$missing"
	$(GO) test -vet=off ./... # vetted above, and by more rules

postgres: ## the tests again on PostgreSQL; YX_TEST_POSTGRES=postgres://user:password@host/postgres names a server and a superuser
	@test -n "$$YX_TEST_POSTGRES" || { echo "name a server: make postgres YX_TEST_POSTGRES=postgres://user:password@127.0.0.1/postgres"; exit 2; }
	@psql -qAt "$$YX_TEST_POSTGRES" -f .ci/left-databases.sql | psql -q "$$YX_TEST_POSTGRES"
	$(GO) test -count=1 ./models/... ./handlers/... ./web/... ./cmd/yongxing/demo
	$(GO) test -count=1 -run 'Nodes|Dump' ./cmd/yongxing # its other tests run the program on SQLite

race: ## all tests with the race detector
	$(GO) test -race ./...

check: fmt gen lint test ## format, generate, lint, test; fails if anything changed on the way
	git diff --exit-code

gen: ## generate the templ pages
	$(GO) tool templ generate

fmt: ## format Go and templ sources
	gofmt -w $$(git ls-files '*.go' | grep -v _templ.go)
	$(GO) tool templ fmt views

lint: ## vet, and the linters of .golangci.yml if golangci-lint is installed
	$(GO) vet ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else echo "golangci-lint is not installed: only vet ran"; fi

torture: ## the long form of the crash tests: 500 kills, 200 power cuts, 20 stops under load, a minute of five times too much (half an hour)
	YX_KILLS=500 YX_CUTS=200 YX_STORM=60 YX_DECISIONS=1000 YX_HELD=30 YX_STOPS=20 $(GO) test -count=1 -timeout 60m -run 'TestKilled|TestPowerCut|TestDisk|TestStorm|TestCodePageBesideWork|TestDeci|TestSentAgain|TestHeld|TestStops' -v ./cmd/yongxing

bench: ## measure what performance depends on; each figure with its floor (YX_QUEUE=1000000 for the queue out of a million)
	$(GO) test -run '^$$' -bench . -benchmem ./models/... ./web/...

css: ## rebuild the compiled stylesheet (maintainers; needs node)
	cd .node && npm ci --ignore-scripts && npm run --silent css

lighthouse: build ## measure the resident pages of a demo with Lighthouse; fails below the promised scores (needs node and Chromium)
	cd .node/lighthouse && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && node run.mjs
