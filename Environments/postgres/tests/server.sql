-- Reached by name over TCP with a password, and set up as a fixture.
SELECT inet_server_port(), inet_server_addr() IS NOT NULL;
SELECT current_user, rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = current_user;
SHOW server_encoding;
SHOW fsync;
