#!/bin/sh
# Makes the site's database and its user from DB_NAME, DB_USER and DB_PASSWORD, then becomes the server.
set -eu
umask 077
mkdir -p /run/mysqld
cat > /run/mysqld/init.sql <<SQL
CREATE DATABASE IF NOT EXISTS \`${DB_NAME}\` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '${DB_USER}'@'%' IDENTIFIED BY '${DB_PASSWORD}';
GRANT ALL PRIVILEGES ON \`${DB_NAME}\`.* TO '${DB_USER}'@'%';
SQL
chown -R mysql:mysql /run/mysqld
exec mariadbd --user=mysql --datadir=/var/lib/mysql --bind-address=0.0.0.0 --skip-name-resolve \
  --init-file=/run/mysqld/init.sql --innodb-buffer-pool-size=64M --innodb-log-file-size=16M --performance-schema=OFF
