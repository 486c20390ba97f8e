<?php

declare(strict_types=1);

require __DIR__ . '/../vendor/autoload.php';

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Site\\')) {
        require __DIR__ . '/' . str_replace('\\', '/', substr($class, 5)) . '.php';
    }
});
