-- The roles that a token gave the client whose will it is: ["meter"], or [] for none. They cannot be asked for again
-- when the will fires. NULL: no token did; the accounts say which roles its user has then.
ALTER TABLE wills ADD COLUMN roles TEXT;

DROP VIEW v_wills;
CREATE VIEW v_wills AS
 SELECT s.client_id, w.topic, w.qos, w.retain, length(w.payload) AS bytes, w.delay_s,
  strftime('%Y-%m-%dT%H:%M:%fZ',w.fire_at_ms/1000.0,'unixepoch') AS fires_at,
  w.roles
 FROM wills w JOIN sessions s ON s.id=w.session_id;
