<?php

declare(strict_types=1);

require __DIR__ . '/../src/autoload.php';

use Site\Database;
use Site\Site;
use Vendor\Package1\Part1;
use Vendor\Package7\Part11;

$site = Site::here();
$database = Database::connect();
$lines = [];
foreach ($site->config['tables'] as $table) {
    foreach ($database->query("SELECT text FROM `$table` ORDER BY id")->fetchAll() as $row) {
        $lines[] = "$table: {$row['text']}";
    }
}

header('Content-Type: text/html; charset=utf-8');
header("X-Site-Version: $site->version");
?>
<!doctype html>
<html lang="en">
<title><?= htmlspecialchars($site->config['headline']) ?></title>
<h1><?= htmlspecialchars($site->config['headline']) ?></h1>
<p>version <?= htmlspecialchars($site->version) ?></p>
<ul>
<?php foreach ($lines as $line): ?>
<li><?= htmlspecialchars($line) ?></li>
<?php endforeach ?>
</ul>
<p>uploads: <?= $site->uploads() ?>, vendor: <?= Part1::word(0) ?>-<?= Part11::word(3) ?></p>
</html>
