#!/bin/bash
# The server of a database and what looks after it, all from one image.
#
#   drover-postgres serve     the server, with what options of postgres follow; makes the database first, where there is none
#   drover-postgres dump      keeps the database in S3, as the newest version of one object
#   drover-postgres restore   fills an empty database from there: the newest version, or the one that DUMP_VERSION names
#
# PGDATABASE names the database and the role that owns it. PASSWORD_FILE holds the role's password.
set -euo pipefail

fail() {
  echo "drover-postgres: $*" >&2
  exit 1
}

key() {
  echo "$PGDATABASE.dump"
}

# Makes the server's files, whole or not at all.
create() {
  rm -rf "$PGDATA.new"
  initdb --pgdata "$PGDATA.new" --username postgres --auth-local peer --auth-host scram-sha-256 \
    --encoding UTF8 --locale C.UTF-8 --data-checksums
  mv "$PGDATA.new" "$PGDATA"
}

# Sees to it that the database and its role are there, and that the role has the password that its users know.
provide() {
  local options
  printf -v options "%q " "$@"
  # Only whoever is inside can reach a server that listens to no network.
  pg_ctl start --silent --wait --timeout 86400 -o "$options -c listen_addresses=''"
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set app="$PGDATABASE" --set file="$PASSWORD_FILE" --dbname postgres <<'SQL'
\set password `cat "$PASSWORD_FILE"`
-- A statement that fails is logged, and one of these holds the password.
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I LOGIN', :'app') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'app') \gexec
ALTER ROLE :"app" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'app', :'app')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'app') \gexec
SQL
  pg_ctl stop --silent --wait --mode fast
}

serve() {
  [ -s "$PASSWORD_FILE" ] || fail "$PASSWORD_FILE holds no password"
  local settings=(-c hba_file=/etc/drover/pg_hba.conf -c unix_socket_directories=/tmp -c jit=off -c "listen_addresses=*" "$@")
  [ -e "$PGDATA/PG_VERSION" ] || create
  provide "${settings[@]}"
  exec postgres "${settings[@]}"
}

# What there is besides PostgreSQL's own.
objects() {
  psql --no-psqlrc --tuples-only --no-align --command "
    SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
}

# Waits until the server lets this pod in: network policies take some moments to know a new one.
await_server() {
  local deadline=$((SECONDS + 60))
  until pg_isready --quiet --timeout 5; do
    [ "$SECONDS" -lt "$deadline" ] || fail "the server at $PGHOST does not answer"
    sleep 1
  done
}

connect() {
  await_server
  PGPASSWORD=$(<"$PASSWORD_FILE")
  export PGPASSWORD PGUSER="$PGDATABASE"
}

dump() {
  connect
  local size upload
  # S3 takes 10,000 parts, so that the size decides how large they are.
  size=$(psql --no-psqlrc --tuples-only --no-align --command "SELECT pg_database_size(current_database())")
  rm -f /tmp/dump
  mkfifo /tmp/dump
  aws s3 cp --only-show-errors --expected-size "$size" - "s3://$DUMP_BUCKET/$(key)" </tmp/dump &
  upload=$!
  exec 3>/tmp/dump
  # The upload ends with its input, and half a dump must not become the newest version.
  if ! pg_dump --format custom >&3; then
    kill "$upload" 2>/dev/null || true
    wait "$upload" || true
    fail "the database could not be dumped; nothing was kept"
  fi
  exec 3>&-
  wait "$upload" || fail "the dump could not be kept in s3://$DUMP_BUCKET"
  echo "dumped $PGDATABASE to s3://$DUMP_BUCKET/$(key)"
}

restore() {
  connect
  local found
  found=$(objects)
  [ "$found" = 0 ] || fail "the database is not empty: it has $found tables, indexes and sequences; only an empty one is restored"
  aws s3api get-object --bucket "$DUMP_BUCKET" --key "$(key)" ${DUMP_VERSION:+--version-id "$DUMP_VERSION"} /dev/fd/3 3>&1 >/dev/null |
    pg_restore --dbname "$PGDATABASE" --no-owner --no-privileges --exit-on-error --single-transaction ||
    fail "the database could not be restored; it is as empty as it was"
  echo "restored $PGDATABASE from s3://$DUMP_BUCKET/$(key)${DUMP_VERSION:+, version $DUMP_VERSION}"
}

case "${1-}" in
  serve | dump | restore) "$@" ;;
  *) fail "what is to be done? serve, dump or restore, not \"${1-}\"" ;;
esac
