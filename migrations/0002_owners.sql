-- To whom a session belongs: 'user NAME', or 'anonymous LISTENER'. NULL: from before this was recorded; the next who
-- comes with its client identifier owns it.
ALTER TABLE sessions ADD COLUMN owner TEXT;

DROP VIEW v_sessions;
CREATE VIEW v_sessions AS
 SELECT s.client_id,
  CASE WHEN s.disconnected_at_ms IS NULL THEN 'connected' ELSE 'offline' END AS status,
  CASE s.protocol_version WHEN 3 THEN '3.1' WHEN 4 THEN '3.1.1' ELSE '5.0' END AS protocol,
  s.username,
  s.owner,
  (SELECT count(*) FROM subscriptions b WHERE b.session_id=s.id) AS subscriptions,
  coalesce(d.n,0) AS queued,
  strftime('%Y-%m-%dT%H:%M:%fZ',s.created_at_ms/1000.0,'unixepoch') AS created_at,
  strftime('%Y-%m-%dT%H:%M:%fZ',s.connected_at_ms/1000.0,'unixepoch') AS connected_at,
  strftime('%Y-%m-%dT%H:%M:%fZ',s.disconnected_at_ms/1000.0,'unixepoch') AS disconnected_at,
  CASE WHEN s.expiry_interval_s=4294967295 THEN 'never'
   ELSE strftime('%Y-%m-%dT%H:%M:%fZ',s.disconnected_at_ms/1000.0+s.expiry_interval_s,'unixepoch')
   END AS expires_at
 FROM sessions s LEFT JOIN (SELECT session_id,count(*) AS n FROM queue GROUP BY session_id) d ON d.session_id=s.id;

-- What clients were not allowed to do: the last thousand causes.
CREATE TABLE denials(
  id INTEGER PRIMARY KEY,
  client_id TEXT NOT NULL,
  username TEXT,
  action TEXT NOT NULL,                          -- connect, publish, subscribe, receive, retain
  topic TEXT NOT NULL,                           -- or topic filter; empty for connect
  reason TEXT NOT NULL,                          -- the rule that denied it, or why
  times INTEGER NOT NULL,
  first_at_ms INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL,
  UNIQUE(client_id, action, topic)
) STRICT;

CREATE VIEW v_denials AS
 SELECT client_id, username, action, topic, reason, times,
  strftime('%Y-%m-%dT%H:%M:%fZ',first_at_ms/1000.0,'unixepoch') AS first_at,
  strftime('%Y-%m-%dT%H:%M:%fZ',last_at_ms/1000.0,'unixepoch') AS last_at
 FROM denials;
