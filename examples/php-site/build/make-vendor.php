<?php

declare(strict_types=1);

/*
 * Writes a vendor folder of the size and shape that a real site has: PSR-4 classes in some thousand files,
 * an autoloader, and FILES with their number. The same arguments give the same bytes.
 *
 *   php make-vendor.php FOLDER CLASSES
 */

[, $folder, $classes] = $argv;
$perPackage = 40;
$packages = intdiv((int) $classes + $perPackage - 1, $perPackage);

write("$folder/autoload.php", <<<'PHP'
<?php

spl_autoload_register(static function (string $class): void {
    if (!str_starts_with($class, 'Vendor\\')) {
        return;
    }
    $file = __DIR__ . '/' . str_replace('\\', '/', substr($class, 7)) . '.php';
    if (is_file($file)) {
        require $file;
    }
});

PHP);

for ($package = 1; $package <= $packages; $package++) {
    for ($number = 1; $number <= $perPackage; $number++) {
        write("$folder/Package$package/Part$number.php", part($package, $number));
    }
}

file_put_contents("$folder/FILES", ($packages * $perPackage + 1) . "\n");

function part(int $package, int $number): string
{
    $words = [];
    for ($i = 0; $i < 24; $i++) {
        $words[] = "        '" . substr(hash('sha256', "$package/$number/$i"), 0, 24) . "',";
    }
    $list = implode("\n", $words);
    return <<<PHP
<?php

declare(strict_types=1);

namespace Vendor\\Package$package;

final class Part$number
{
    private const WORDS = [
$list
    ];

    public static function word(int \$index): string
    {
        return self::WORDS[\$index % count(self::WORDS)];
    }
}

PHP;
}

function write(string $file, string $text): void
{
    is_dir(dirname($file)) || mkdir(dirname($file), 0755, true);
    file_put_contents($file, $text);
}
