# dmfpipe: `make load` and `make test` install what is missing; nothing has to be prepared.
#
# make itself ends with 2 whenever a command fails. Scripts that act on dmfpipe's own exit codes call
# `npm run -s dmfpipe -- load` instead, which passes them on.

.PHONY: help load check test torture lint types sandbox samples docs bench
.DEFAULT_GOAL := help

# Node 24 comes with the devDependency `node` where the machine's own is older.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

INSTALLED := node_modules/.package-lock.json
DMFPIPE := npm run -s dmfpipe --
OPTIONS := $(if $(ENV),--env $(ENV)) $(if $(PROJECT),--project $(PROJECT)) $(if $(QUIET),--quiet)

help: ## what there is to do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */make \1\t/' | expand -t 16
	@echo
	@echo "Variables: ENV=<environment of project.yaml>, PROJECT=<file>, QUIET=1 (print nothing when all is well)"

load: $(INSTALLED) ## the whole job; without ENV into the embedded sandbox
	@$(DMFPIPE) load $(OPTIONS)

check: $(INSTALLED) ## dry run: find everything that is wrong, send nothing
	@$(DMFPIPE) check $(OPTIONS)

test: $(INSTALLED) ## all tests
	@npm test --silent

torture: $(INSTALLED) ## break a load at every boundary there is (an hour or so; docs/guarantees.md)
	@TORTURE=1 npm test --silent -- --no-file-parallelism test/e2e/torture test/environment/blob-upload

lint: $(INSTALLED) ## ESLint and Prettier
	@npm run -s lint

types: $(INSTALLED) ## type check
	@npm run -s types

sandbox: $(INSTALLED) ## run the F&O sandbox on its own
	@$(DMFPIPE) sandbox

samples: $(INSTALLED) ## make the sample extracts anew
	@npm run -s samples

bench: $(INSTALLED) ## measure every goal of docs/performance.md, into bench/RESULTS.md (an hour or so; QUICK=1: minutes)
	@npm run -s bench -- $(if $(QUICK),--quick)

docs: $(INSTALLED) ## make the generated pages of docs/ anew
	@npm run -s docs

$(INSTALLED): package.json package-lock.json
	@echo "Installing (once) …" >&2
	@npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@
