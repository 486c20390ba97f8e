CREATE TABLE announcements (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(200) NOT NULL);
INSERT INTO announcements (text) VALUES ('Version two is here');
