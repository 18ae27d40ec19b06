-- A will is stored under an id of its own: also for a client whose session ends with its connection, so that a crash
-- of the broker does not keep it from being published; and until all that is delivered of it has been stored.
DROP VIEW v_wills;
CREATE TABLE wills_by_id(
  id INTEGER PRIMARY KEY,                        -- never used again while it is there
  session_id INTEGER UNIQUE REFERENCES sessions(id) ON DELETE CASCADE, -- NULL: due at the next start
  client_id TEXT NOT NULL,
  username TEXT,
  owner TEXT,                                    -- as in sessions
  topic TEXT NOT NULL,
  payload BLOB NOT NULL,
  qos INTEGER NOT NULL CHECK(qos IN (0,1,2)),
  retain INTEGER NOT NULL CHECK(retain IN (0,1)),
  delay_s INTEGER NOT NULL,
  fire_at_ms INTEGER,                            -- NULL: the connection is up
  message_expiry_s INTEGER,
  payload_format INTEGER CHECK(payload_format IN (0,1)),
  content_type TEXT,
  response_topic TEXT,
  correlation_data BLOB,
  user_properties TEXT,
  roles TEXT                                     -- ["role",...] of a token; NULL: those the accounts give the user
) STRICT;
INSERT INTO wills_by_id
 SELECT w.session_id, w.session_id, s.client_id, s.username, s.owner, w.topic, w.payload, w.qos, w.retain, w.delay_s,
  w.fire_at_ms, w.message_expiry_s, w.payload_format, w.content_type, w.response_topic, w.correlation_data,
  w.user_properties, w.roles
 FROM wills w JOIN sessions s ON s.id=w.session_id;
DROP TABLE wills;
ALTER TABLE wills_by_id RENAME TO wills;

CREATE VIEW v_wills AS
 SELECT w.client_id, w.topic, w.qos, w.retain, length(w.payload) AS bytes, w.delay_s,
  strftime('%Y-%m-%dT%H:%M:%fZ',w.fire_at_ms/1000.0,'unixepoch') AS fires_at,
  w.roles, w.username
 FROM wills w;
