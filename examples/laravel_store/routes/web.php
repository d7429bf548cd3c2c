<?php

// routes/web.php — add this route to yours
use App\Http\Middleware\HiWelinkAuth;
use Illuminate\Support\Facades\Route;

// Here and not in routes/api.php, where its address would be /api/health.
Route::get('/health', fn () => response()->json([
    'status'    => 'ok',
    'timestamp' => now()->toIso8601String(),
]))->middleware(HiWelinkAuth::class);
