<?php

declare(strict_types=1);

namespace Site;

use PDO;

/** What this release is and what it needs. */
final class Site
{
    /** @param array{headline: string, tables: list<string>, needs?: list<string>} $config */
    private function __construct(
        public readonly string $folder,
        public readonly string $version,
        public readonly array $config,
    ) {
    }

    public static function here(): self
    {
        $folder = dirname(__DIR__);
        return new self($folder, trim(file_get_contents("$folder/REVISION")), require "$folder/config/site.php");
    }

    /** @return list<string> migrations that this release carries and the database has not had */
    public function missingMigrations(PDO $database): array
    {
        $carried = array_map(basename(...), glob("$this->folder/migrations/[0-9]*.sql"));
        return array_values(array_diff($carried, $this->appliedMigrations($database)));
    }

    /** @return list<string> */
    public function appliedMigrations(PDO $database): array
    {
        return $database->query('SELECT name FROM schema_migrations ORDER BY name')->fetchAll(PDO::FETCH_COLUMN);
    }

    public function uploads(): int
    {
        $folder = "$this->folder/storage/uploads";
        return is_dir($folder) ? count(array_diff(scandir($folder), ['.', '..'])) : 0;
    }
}
