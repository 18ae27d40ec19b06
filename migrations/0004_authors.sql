-- Who left a retained message, as access rules know clients. listener NULL: nobody whom they are asked about, because
-- the program left it itself or it is from before this was recorded; '': not known which.
ALTER TABLE retained ADD COLUMN username TEXT;   -- that was proved; NULL: none was
ALTER TABLE retained ADD COLUMN listener TEXT;
ALTER TABLE retained ADD COLUMN roles TEXT;      -- ["role",...] of a token; NULL: those the accounts give the user

DROP VIEW v_retained;
CREATE VIEW v_retained AS
 SELECT r.topic, m.qos, length(m.payload) AS bytes,
  CASE WHEN instr(m.payload,x'00')=0 AND CAST(m.payload AS TEXT) NOT GLOB '*[^ -~]*'
   THEN substr(CAST(m.payload AS TEXT),1,80) ELSE 'x'''||hex(substr(m.payload,1,40))||'''' END AS payload_preview,
  m.publisher, r.username, r.listener,
  strftime('%Y-%m-%dT%H:%M:%fZ',m.published_at_ms/1000.0,'unixepoch') AS published_at,
  strftime('%Y-%m-%dT%H:%M:%fZ',m.expires_at_ms/1000.0,'unixepoch') AS expires_at
 FROM retained r JOIN messages m ON m.id=r.message_id;
