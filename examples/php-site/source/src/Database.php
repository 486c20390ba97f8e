<?php

declare(strict_types=1);

namespace Site;

use PDO;

/** The connection that DB_HOST, DB_NAME, DB_USER and DB_PASSWORD name. */
final class Database
{
    public static function connect(): PDO
    {
        $source = sprintf('mysql:host=%s;dbname=%s;charset=utf8mb4', self::setting('DB_HOST'), self::setting('DB_NAME'));
        return new PDO($source, self::setting('DB_USER'), self::setting('DB_PASSWORD'), [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            PDO::ATTR_TIMEOUT => 3,
        ]);
    }

    private static function setting(string $name): string
    {
        $value = getenv($name);
        if ($value === false || $value === '') {
            throw new \RuntimeException("$name is not set");
        }
        return $value;
    }
}
