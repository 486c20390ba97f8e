CREATE TABLE IF NOT EXISTS half_done (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(200) NOT NULL);
INSERT INTO half_done (text) VALUES ('This row stays behind');
ALTER TABLE a_table_that_nobody_made ADD COLUMN price INT;
CREATE TABLE never_made (id INT PRIMARY KEY);
