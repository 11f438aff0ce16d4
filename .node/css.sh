#!/bin/sh
# Builds static/css/base.css from the chosen subset of govuk-frontend.
# `make css` installs the packages and runs it; the result is committed.
set -eu
cd "$(dirname "$0")"
out=../static/css
# Sass writes a byte-order mark before non-ASCII text; joined into one file with our sections it would break the first rule.
npx sass --load-path=node_modules --style=compressed --no-source-map scss/base.scss | sed '1s/^\xef\xbb\xbf//' > "$out/base.css"
