-- Sets up a PostgreSQL server of your own for HiWelink. Once, as its superuser:
--
--     psql -v password='CHANGE ME' -d postgres -f deploy/postgres/setup.sql
--
-- Needs the packages of pgvector and of PostgreSQL's contrib on the server. Afterwards
-- DATABASE_URL is postgres://hiwelink:PASSWORD@HOST:5432/hiwelink
--
-- HiWelink then owns one schema and may do nothing else: make no database, role or
-- extension, read no file and run no program on the server.

CREATE ROLE hiwelink LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'password';
-- Text is compared by its bytes: as fast as can be, and the same on every machine.
CREATE DATABASE hiwelink TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE hiwelink FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE hiwelink TO hiwelink;
-- Leave these two out on a server that others share and rely on them.
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
REVOKE CONNECT ON DATABASE template1 FROM PUBLIC;

\connect hiwelink
CREATE EXTENSION vector;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION fuzzystrmatch;
ALTER SCHEMA public OWNER TO hiwelink;
