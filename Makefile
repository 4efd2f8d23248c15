# dnsfleet: the targets are the interface. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help prerequisites deps build components metrics-server images generate verify format lint types unit integration dataplane test e2e \
        demo demo-load demo-down faults bench-operator bench-scale bench-drain bench-scale-simulation chart ci clean

TSX := node --import tsx
TEST := $(TSX) hack/test.ts
CLUSTER ?= local
TIMES ?= 5
ARGS ?=

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules/.stamp: package.json package-lock.json .npmrc
	@hack/install-deps.sh node
	@# Not `npm ci`: it insists on packages for every other platform too, which a mirror may lack.
	npm install --no-save --no-progress --loglevel=error
	@touch $@

# What hack/install-deps.sh looks for; goals with nodes need more.
NEEDS := tests
demo demo-load e2e faults bench-scale bench-drain: NEEDS := cluster

prerequisites:
	@hack/install-deps.sh $(NEEDS)

deps: prerequisites node_modules/.stamp ## Install what is missing (npm packages, Debian packages when root on Debian, kubectl, helm)
	$(TSX) e2e/cluster/cli.ts tools

build: node_modules/.stamp ## Bundle the operator and the programs of the resolver pod into dist/
	$(TSX) operator/build.ts
	$(TSX) resolver-image/build.ts

components: deps ## Build the test cluster's Kubernetes from Go modules (once; minutes)
	$(TSX) e2e/cluster/cli.ts build

metrics-server: deps ## Build the test cluster's metrics-server from its Go module (once; minutes)
	$(TSX) e2e/metrics/build.ts

images: components build ## Build the container images (cached)
	$(TSX) e2e/images/cli.ts build

generate: node_modules/.stamp ## Write CRDs, the reference and the chart's copies from the zod schemas
	$(TSX) hack/generate/main.ts

verify: node_modules/.stamp ## Fail if generated files are not up to date
	$(TSX) hack/generate/main.ts --check

format: node_modules/.stamp ## Format the sources
	npx prettier --write --log-level warn .

lint: node_modules/.stamp ## Check style and types
	$(TEST) format lint types

unit: node_modules/.stamp ## Run the unit tests (ARGS are passed to Jest)
	$(TEST) unit -- $(ARGS)

integration: components build ## Run the tests against a real etcd and API server
	$(TEST) integration -- $(ARGS)

dataplane: deps build ## Run the tests against a real Unbound
	$(TSX) e2e/images/cli.ts unbound
	$(TEST) dataplane -- $(ARGS)

test: components build ## Run everything that needs no cluster: format, lint, types, generated files, unit, integration, data plane
	$(TSX) e2e/images/cli.ts unbound
	$(TEST) format lint types verify unit integration dataplane

e2e: images metrics-server ## Run the end-to-end suites on a real cluster (root on Linux)
	$(TEST) e2e -- $(ARGS)

# The tests that break something on purpose, at every level but unit: a pattern of their paths. Each kind of fault ends the
# name of its file, so `crash` is removal-crash too.
FAULTS ?= ((manifests|refused|faults|crash|away|overload|drain-lease)\.(integration|dataplane|e2e)|(removal|scaling)\.integration)\.test

faults: images ## Run the fault tests TIMES times in a row (5), or those whose path matches FAULTS; ends with the first that fails
	$(TSX) e2e/images/cli.ts unbound
	@for run in $$(seq $(TIMES)); do \
	  echo "== run $$run of $(TIMES)"; \
	  $(TEST) integration dataplane e2e -- --testPathPatterns '$(FAULTS)' --passWithNoTests $(ARGS); \
	done

demo: ## A real cluster, real DNS servers, real queries (CLUSTER=current uses your kubeconfig)
	@hack/install-deps.sh $(if $(filter current,$(CLUSTER)),node,$(NEEDS))
	@$(MAKE) --no-print-directory node_modules/.stamp
	@$(TSX) e2e/demo/demo.ts up --cluster $(CLUSTER)

demo-load: ## A day in two minutes on the demo: a fleet follows its load, live; writes build/demo/load.svg
	@hack/install-deps.sh $(if $(filter current,$(CLUSTER)),node,$(NEEDS))
	@$(MAKE) --no-print-directory node_modules/.stamp
	@$(TSX) e2e/demo/demo.ts load --cluster $(CLUSTER)

demo-down: node_modules/.stamp ## Stop the demo; leaves nothing running or mounted
	@$(TSX) e2e/demo/demo.ts down --cluster $(CLUSTER)

bench-operator: components build ## Measure the operator with 200 fleets x 5 PoPs (control plane only)
	$(TSX) e2e/bench/operator.ts $(ARGS)

bench-scale: images metrics-server ## Measure a step of the load on a real cluster, beside a HorizontalPodAutoscaler (root on Linux)
	$(TSX) e2e/bench/scale/main.ts $(ARGS)

bench-drain: images ## Count what clients lose when servers leave, beside a plain Deployment (root on Linux, half an hour)
	$(TSX) e2e/bench/drain/main.ts $(ARGS)

bench-scale-simulation: node_modules/.stamp ## Compare the autoscaler with the HPA's algorithm in simulated time (seconds)
	$(TSX) e2e/bench/scale-simulation.ts $(ARGS)

chart: build ## Check the chart
	$(TEST) unit -- helm

ci: test e2e ## What CI runs

clean: ## Remove build results of the work tree (caches stay)
	rm -rf build dist
