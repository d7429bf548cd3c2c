<?php

// Serves examples/laravel_store with Debian's Laravel: `php -S 127.0.0.1:PORT index.php`.
// `php index.php fill < JSON` makes its shop; `php index.php save MODEL ID JSON` changes a
// row of it and `delete MODEL ID` deletes one, as the merchant's own code would.
require 'Illuminate/autoload.php';
require 'GuzzleHttp/autoload.php';

use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Facade;
use Illuminate\Support\Facades\Route;

// Younger than Debian's Laravel, which sends events at once.
if (! interface_exists('Illuminate\Contracts\Events\ShouldHandleEventsAfterCommit')) {
    eval('namespace Illuminate\Contracts\Events; interface ShouldHandleEventsAfterCommit {}');
}

$example = dirname(__DIR__, 3) . '/examples/laravel_store';
spl_autoload_register(function ($class) use ($example) {
    $file = $example . '/app' . str_replace('\\', '/', substr($class, 3)) . '.php';
    if (str_starts_with($class, 'App\\') && is_file($file)) {
        require $file;
    }
});
require __DIR__ . '/shop.php';

$app = new Application($example);
$app->instance('config', new Illuminate\Config\Repository([
    'app' => ['env' => 'production', 'timezone' => 'UTC'],
    'database' => [
        'default' => 'shop',
        'connections' => ['shop' => ['driver' => 'sqlite', 'database' => getenv('STORE_DB')]],
    ],
    'logging' => [
        'default' => 'errors',
        'channels' => ['errors' => ['driver' => 'errorlog']],
    ],
    'view' => ['paths' => [], 'compiled' => sys_get_temp_dir()],
    'hiwelink' => require $example . '/config/hiwelink.php',
]));
Facade::setFacadeApplication($app);
foreach ([
    Illuminate\Filesystem\FilesystemServiceProvider::class,
    Illuminate\Database\DatabaseServiceProvider::class,
    Illuminate\Pagination\PaginationServiceProvider::class,
    Illuminate\View\ViewServiceProvider::class,
    App\Providers\AppServiceProvider::class,
] as $provider) {
    $app->register($provider);
}
$app->boot();

if (PHP_SAPI === 'cli') {
    [, $act, $model, $id, $values] = $argv + [null, null, null, null, '{}'];
    if ($act === 'fill') {
        touch(getenv('STORE_DB'));
        $shop = json_decode(stream_get_contents(STDIN), true);
        App\Models\fill($shop['products'], $shop['orders']);
    } elseif ($act === 'save') {
        "App\\Models\\$model"::firstOrNew(['id' => $id])->fill(json_decode($values, true))->save();
    } else {
        "App\\Models\\$model"::findOrFail($id)->delete();
    }
    return;
}

// As a Laravel application's own bootstrap does.
Route::prefix('api')->group($example . '/routes/api.php');
Route::middleware([])->group($example . '/routes/web.php');
$started = microtime(true);
$request = Request::capture();
$app->instance('request', $request);
try {
    $response = $app['router']->dispatch($request);
} catch (Symfony\Component\HttpKernel\Exception\HttpException $error) {
    $response = response()->json(['message' => $error->getMessage()], $error->getStatusCode());
}
$entry = [
    'started' => $started, 'method' => $request->method(), 'path' => $request->getPathInfo(),
    'query' => $request->server('QUERY_STRING', ''), 'headers' => array_map(fn ($v) => $v[0], $request->headers->all()),
    'status' => $response->getStatusCode(), 'ended' => microtime(true),
];
file_put_contents(getenv('RECORD_FILE'), json_encode($entry) . "\n", FILE_APPEND);
$response->send();
