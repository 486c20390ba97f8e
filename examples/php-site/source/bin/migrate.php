<?php

declare(strict_types=1);

/*
 * Applies migrations/*.sql in order of their names: those with a number once for ever, those named every-… in
 * each run. Running it again changes nothing. Each run leaves a row in migration_runs with its start and, if it
 * got there, its end: two at once would be seen there. It takes no lock on purpose: that only one runs at a time
 * is the duty of whoever deploys.
 */

require __DIR__ . '/../src/autoload.php';

use Site\Database;
use Site\Site;

exit(migrate(Site::here(), connect(30)));

function migrate(Site $site, PDO $database): int
{
    $database->exec('CREATE TABLE IF NOT EXISTS schema_migrations (name VARCHAR(190) PRIMARY KEY, applied_at DATETIME(6) NOT NULL)');
    $database->exec('CREATE TABLE IF NOT EXISTS migration_runs (
        id INT AUTO_INCREMENT PRIMARY KEY, version VARCHAR(190) NOT NULL, host VARCHAR(190) NOT NULL,
        started_at DATETIME(6) NOT NULL, ended_at DATETIME(6) NULL, outcome VARCHAR(20) NULL)');
    $run = $database->prepare('INSERT INTO migration_runs (version, host, started_at) VALUES (?, ?, NOW(6))');
    $run->execute([$site->version, gethostname()]);
    $id = $database->lastInsertId();

    $outcome = applyAll($site, $database) ? 'applied' : 'failed';
    $end = $database->prepare('UPDATE migration_runs SET ended_at = NOW(6), outcome = ? WHERE id = ?');
    $end->execute([$outcome, $id]);
    return $outcome === 'applied' ? 0 : 1;
}

function applyAll(Site $site, PDO $database): bool
{
    $applied = $site->appliedMigrations($database);
    $pause = $database->prepare('SET @pause_seconds = ?');
    $pause->execute([(int) (getenv('MIGRATION_PAUSE_SECONDS') ?: 0)]);
    foreach (glob("$site->folder/migrations/*.sql") as $file) {
        $name = basename($file);
        if (in_array($name, $applied, true)) {
            continue;
        }
        echo "applying $name\n";
        try {
            apply($database, file_get_contents($file));
        } catch (PDOException $cause) {
            fwrite(STDERR, "$name failed: {$cause->getMessage()}\n");
            return false;
        }
        if (!str_starts_with($name, 'every-')) {
            $database->prepare('INSERT INTO schema_migrations VALUES (?, NOW(6))')->execute([$name]);
        }
    }
    echo "the schema is what $site->version needs\n";
    return true;
}

/** One statement after the other: MariaDB has no transaction around CREATE and ALTER, so a failure leaves the part before it. */
function apply(PDO $database, string $sql): void
{
    foreach (preg_split('/;\s*$/m', $sql) as $statement) {
        if (trim($statement) !== '') {
            $database->exec($statement);
        }
    }
}

function connect(int $seconds): PDO
{
    $deadline = time() + $seconds;
    while (true) {
        try {
            return Database::connect();
        } catch (PDOException $cause) {
            if (time() >= $deadline) {
                throw $cause;
            }
            sleep(1);
        }
    }
}
