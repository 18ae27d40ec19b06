-- The accounts of lmqttd, in a file of their own beside the state: who may look at the state must not
-- read password hashes. `lmqttd user` writes it, the broker reads it, and writes when it hashes anew.
--
-- Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE migrations(
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE users(
  name TEXT PRIMARY KEY CHECK(name<>''),
  password_hash TEXT,                            -- says itself what it is; NULL: no password fits
  scram_salt BLOB,                               -- of SCRAM-SHA-256 (RFC 5802); all four or none
  scram_iterations INTEGER CHECK(scram_iterations BETWEEN 4096 AND 1000000),
  scram_stored_key BLOB,
  scram_server_key BLOB,
  disabled INTEGER NOT NULL CHECK(disabled IN (0,1)),
  created_at_ms INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  CHECK((scram_salt IS NULL)=(scram_iterations IS NULL)),
  CHECK((scram_salt IS NULL)=(scram_stored_key IS NULL)),
  CHECK((scram_salt IS NULL)=(scram_server_key IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE roles(
  name TEXT PRIMARY KEY CHECK(name<>'')
) STRICT, WITHOUT ROWID;

CREATE TABLE user_roles(
  user_name TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE,
  role_name TEXT NOT NULL REFERENCES roles(name) ON DELETE CASCADE,
  PRIMARY KEY(user_name, role_name)
) STRICT, WITHOUT ROWID;

-- A group gives its roles to its members.
CREATE TABLE groups(
  name TEXT PRIMARY KEY CHECK(name<>'')
) STRICT, WITHOUT ROWID;

CREATE TABLE group_members(
  group_name TEXT NOT NULL REFERENCES groups(name) ON DELETE CASCADE,
  user_name TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE,
  PRIMARY KEY(group_name, user_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_roles(
  group_name TEXT NOT NULL REFERENCES groups(name) ON DELETE CASCADE,
  role_name TEXT NOT NULL REFERENCES roles(name) ON DELETE CASCADE,
  PRIMARY KEY(group_name, role_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules(
  role_name TEXT NOT NULL REFERENCES roles(name) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  allow INTEGER NOT NULL CHECK(allow IN (0,1)),  -- 0: denies
  publish INTEGER NOT NULL CHECK(publish IN (0,1)),
  subscribe INTEGER NOT NULL CHECK(subscribe IN (0,1)),
  receive INTEGER NOT NULL CHECK(receive IN (0,1)),
  retain INTEGER NOT NULL CHECK(retain IN (0,1)),
  topic TEXT NOT NULL,
  maximum_qos INTEGER NOT NULL CHECK(maximum_qos IN (0,1,2)),
  PRIMARY KEY(role_name, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE bans(
  kind TEXT NOT NULL CHECK(kind IN ('address','user','client')),
  value TEXT NOT NULL CHECK(value<>''),
  until_ms INTEGER,                              -- NULL: for good
  reason TEXT NOT NULL,
  PRIMARY KEY(kind, value)
) STRICT, WITHOUT ROWID;

-- What no client may learn: "scram" makes up the salts of users that do not exist.
CREATE TABLE secrets(
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO secrets VALUES('scram', randomblob(32));

-- Every role of a user, its groups' included.
CREATE VIEW v_user_roles AS
  SELECT user_name, role_name FROM user_roles
  UNION
  SELECT m.user_name, g.role_name FROM group_members m JOIN group_roles g USING(group_name);
