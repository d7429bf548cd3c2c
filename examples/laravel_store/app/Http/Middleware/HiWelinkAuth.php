<?php

// app/Http/Middleware/HiWelinkAuth.php
namespace App\Http\Middleware;

use Closure;
use Illuminate\Http\Request;

class HiWelinkAuth
{
    public function handle(Request $request, Closure $next)
    {
        $expected = (string) config('hiwelink.api_key');
        $incoming = (string) $request->header('X-API-Key');

        // Compared in constant time: how long it takes tells nothing about the key.
        if ($expected === '' || ! hash_equals($expected, $incoming)) {
            return response()->json(['error' => 'Unauthorized'], 401);
        }

        return $next($request);
    }
}
