CREATE TABLE IF NOT EXISTS rebuilds (id INT AUTO_INCREMENT PRIMARY KEY, started_at DATETIME(6) NOT NULL, ended_at DATETIME(6) NULL);
INSERT INTO rebuilds (started_at) VALUES (NOW(6));
SET @rebuild = LAST_INSERT_ID();
DO SLEEP(@pause_seconds);
UPDATE rebuilds SET ended_at = NOW(6) WHERE id = @rebuild;
