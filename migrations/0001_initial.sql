-- The state of lmqttd. docs/database.md explains every table and view; the views are what people
-- should read, and their columns are a promise.
--
-- Texts for whatever a person searches for, payloads as blobs, times as milliseconds since
-- 1970-01-01 UTC. Keys are chosen for cheap writing: the broker reads all of this once, at its start.

CREATE TABLE migrations(
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions(
  id INTEGER PRIMARY KEY,                        -- of one incarnation, never used again
  client_id TEXT NOT NULL UNIQUE,
  protocol_version INTEGER NOT NULL CHECK(protocol_version IN (3,4,5)),
  username TEXT,
  created_at_ms INTEGER NOT NULL,
  connected_at_ms INTEGER NOT NULL,
  disconnected_at_ms INTEGER,                    -- NULL: was connected at the last commit
  expiry_interval_s INTEGER NOT NULL CHECK(expiry_interval_s BETWEEN 0 AND 4294967295),
  receive_maximum INTEGER NOT NULL CHECK(receive_maximum BETWEEN 0 AND 65535),
  maximum_packet_size INTEGER NOT NULL,
  sent_position INTEGER NOT NULL                 -- queue places before it were sent at least once
) STRICT;

CREATE TABLE subscriptions(
  session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  topic_filter TEXT NOT NULL,                    -- as the client wrote it
  share_name TEXT,                               -- of a shared subscription
  qos INTEGER NOT NULL CHECK(qos IN (0,1,2)),
  no_local INTEGER NOT NULL CHECK(no_local IN (0,1)),
  retain_as_published INTEGER NOT NULL CHECK(retain_as_published IN (0,1)),
  retain_handling INTEGER NOT NULL CHECK(retain_handling IN (0,1,2)),
  subscription_identifier INTEGER CHECK(subscription_identifier BETWEEN 1 AND 268435455),
  PRIMARY KEY(session_id, topic_filter)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages(
  id INTEGER PRIMARY KEY,                        -- rising with the time of publishing
  topic TEXT NOT NULL,
  payload BLOB NOT NULL,
  qos INTEGER NOT NULL CHECK(qos IN (0,1,2)),
  retain INTEGER NOT NULL CHECK(retain IN (0,1)),
  publisher TEXT,                                -- client identifier; NULL: the broker itself
  published_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  expiry_given INTEGER NOT NULL CHECK(expiry_given IN (0,1)), -- by the publisher: it is passed on
  payload_format INTEGER CHECK(payload_format IN (0,1)),
  content_type TEXT,
  response_topic TEXT,
  correlation_data BLOB,
  user_properties TEXT                           -- [["name","value"],...]
) STRICT;

CREATE TABLE queue(
  message_id INTEGER NOT NULL,
  session_id INTEGER NOT NULL,
  position INTEGER NOT NULL,                     -- place in the session's queue
  qos INTEGER NOT NULL CHECK(qos IN (0,1,2)),
  received INTEGER NOT NULL DEFAULT 0 CHECK(received IN (0,1)), -- PUBREC came, PUBREL is owed
  retain INTEGER NOT NULL CHECK(retain IN (0,1)),
  subscription_identifiers TEXT,                 -- [1,2], NULL: none
  share_filter TEXT,                             -- the shared subscription it came through
  PRIMARY KEY(message_id, session_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE packet_ids_taken(                   -- incoming QoS 2: PUBREC sent, PUBREL not yet seen
  session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  packet_id INTEGER NOT NULL CHECK(packet_id BETWEEN 1 AND 65535),
  PRIMARY KEY(session_id, packet_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE retained(
  topic TEXT PRIMARY KEY,
  message_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE wills(
  session_id INTEGER PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
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
  user_properties TEXT
) STRICT;

CREATE TABLE dropped(                            -- deliveries given up, since the session began
  session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  reason TEXT NOT NULL,
  messages INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL,
  PRIMARY KEY(session_id, reason)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_sessions AS
 SELECT s.client_id,
  CASE WHEN s.disconnected_at_ms IS NULL THEN 'connected' ELSE 'offline' END AS status,
  CASE s.protocol_version WHEN 3 THEN '3.1' WHEN 4 THEN '3.1.1' ELSE '5.0' END AS protocol,
  s.username,
  (SELECT count(*) FROM subscriptions b WHERE b.session_id=s.id) AS subscriptions,
  coalesce(d.n,0) AS queued,
  strftime('%Y-%m-%dT%H:%M:%fZ',s.created_at_ms/1000.0,'unixepoch') AS created_at,
  strftime('%Y-%m-%dT%H:%M:%fZ',s.connected_at_ms/1000.0,'unixepoch') AS connected_at,
  strftime('%Y-%m-%dT%H:%M:%fZ',s.disconnected_at_ms/1000.0,'unixepoch') AS disconnected_at,
  CASE WHEN s.expiry_interval_s=4294967295 THEN 'never'
   ELSE strftime('%Y-%m-%dT%H:%M:%fZ',s.disconnected_at_ms/1000.0+s.expiry_interval_s,'unixepoch')
   END AS expires_at
 FROM sessions s LEFT JOIN (SELECT session_id,count(*) AS n FROM queue GROUP BY session_id) d ON d.session_id=s.id;

CREATE VIEW v_subscriptions AS
 SELECT s.client_id, b.topic_filter, b.share_name, b.qos, b.no_local, b.retain_as_published,
  b.retain_handling, b.subscription_identifier
 FROM subscriptions b JOIN sessions s ON s.id=b.session_id;

CREATE VIEW v_queue AS
 SELECT s.client_id, q.position, CASE WHEN q.qos>0 THEN q.position%65535+1 END AS packet_id, m.topic, q.qos,
  CASE WHEN q.received THEN 'pubrel' WHEN q.position<s.sent_position THEN 'sent' ELSE 'queued' END AS state,
  length(m.payload) AS bytes, m.publisher, q.message_id, q.share_filter,
  strftime('%Y-%m-%dT%H:%M:%fZ',m.published_at_ms/1000.0,'unixepoch') AS published_at,
  strftime('%Y-%m-%dT%H:%M:%fZ',m.expires_at_ms/1000.0,'unixepoch') AS expires_at
 FROM queue q JOIN sessions s ON s.id=q.session_id LEFT JOIN messages m ON m.id=q.message_id;

CREATE VIEW v_queue_depth AS
 SELECT s.client_id, count(*) AS messages, sum(q.received OR q.position<s.sent_position) AS inflight,
  sum(length(m.payload)) AS payload_bytes,
  strftime('%Y-%m-%dT%H:%M:%fZ',min(m.published_at_ms)/1000.0,'unixepoch') AS oldest
 FROM queue q JOIN sessions s ON s.id=q.session_id LEFT JOIN messages m ON m.id=q.message_id
 GROUP BY q.session_id;

CREATE VIEW v_inflight AS
 SELECT s.client_id, 'out' AS direction, CASE WHEN q.qos>0 THEN q.position%65535+1 END AS packet_id, q.qos,
  CASE WHEN q.received THEN 'pubrel' ELSE 'sent' END AS state, m.topic, q.message_id
 FROM queue q JOIN sessions s ON s.id=q.session_id LEFT JOIN messages m ON m.id=q.message_id
 WHERE q.received OR q.position<s.sent_position
 UNION ALL
 SELECT s.client_id, 'in', t.packet_id, 2, 'received', NULL, NULL
 FROM packet_ids_taken t JOIN sessions s ON s.id=t.session_id;

CREATE VIEW v_retained AS
 SELECT r.topic, m.qos, length(m.payload) AS bytes,
  CASE WHEN instr(m.payload,x'00')=0 AND CAST(m.payload AS TEXT) NOT GLOB '*[^ -~]*'
   THEN substr(CAST(m.payload AS TEXT),1,80) ELSE 'x'''||hex(substr(m.payload,1,40))||'''' END AS payload_preview,
  m.publisher,
  strftime('%Y-%m-%dT%H:%M:%fZ',m.published_at_ms/1000.0,'unixepoch') AS published_at,
  strftime('%Y-%m-%dT%H:%M:%fZ',m.expires_at_ms/1000.0,'unixepoch') AS expires_at
 FROM retained r JOIN messages m ON m.id=r.message_id;

CREATE VIEW v_wills AS
 SELECT s.client_id, w.topic, w.qos, w.retain, length(w.payload) AS bytes, w.delay_s,
  strftime('%Y-%m-%dT%H:%M:%fZ',w.fire_at_ms/1000.0,'unixepoch') AS fires_at
 FROM wills w JOIN sessions s ON s.id=w.session_id;

CREATE VIEW v_dropped AS
 SELECT s.client_id, d.reason, d.messages,
  strftime('%Y-%m-%dT%H:%M:%fZ',d.last_at_ms/1000.0,'unixepoch') AS last_at
 FROM dropped d JOIN sessions s ON s.id=d.session_id;

-- Whose oldest message has waited for more than a minute.
CREATE VIEW v_stuck_sessions AS
 SELECT s.client_id,
  CASE WHEN s.disconnected_at_ms IS NULL THEN 'connected' ELSE 'offline' END AS status,
  count(*) AS messages,
  CAST((julianday('now')-2440587.5)*86400 - min(m.published_at_ms)/1000.0 AS INTEGER) AS oldest_age_s,
  strftime('%Y-%m-%dT%H:%M:%fZ',s.disconnected_at_ms/1000.0,'unixepoch') AS disconnected_at
 FROM queue q JOIN sessions s ON s.id=q.session_id JOIN messages m ON m.id=q.message_id
 GROUP BY q.session_id HAVING oldest_age_s>60;
