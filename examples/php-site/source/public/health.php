<?php

declare(strict_types=1);

require __DIR__ . '/../src/autoload.php';

use Site\Database;
use Site\Site;

$site = Site::here();
$answer = ['version' => $site->version, 'database' => 'ok', 'migrations' => []];
$status = 200;

try {
    $database = Database::connect();
    $answer['migrations'] = $site->appliedMigrations($database);
    $missing = $site->missingMigrations($database);
    if ($missing !== []) {
        throw new RuntimeException('not applied: ' . implode(', ', $missing));
    }
    foreach ($site->config['needs'] ?? $site->config['tables'] as $table) {
        $database->query("SELECT 1 FROM `$table` LIMIT 1");
    }
} catch (Throwable $cause) {
    $status = 503;
    $answer['database'] = $cause->getMessage();
}

http_response_code($status);
header('Content-Type: application/json');
header('Cache-Control: no-store');
header("X-Site-Version: $site->version");
echo json_encode($answer, JSON_UNESCAPED_SLASHES), "\n";
