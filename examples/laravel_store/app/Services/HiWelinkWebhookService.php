<?php

// app/Services/HiWelinkWebhookService.php
namespace App\Services;

use Illuminate\Http\Client\ConnectionException;
use Illuminate\Support\Facades\Http;
use Illuminate\Support\Facades\Log;

class HiWelinkWebhookService
{
    public static function sendProductEvent(string $event, $product): void
    {
        self::send('products', [
            'event' => $event,   // product.created | product.updated | product.deleted
            'data'  => [
                'id'           => (string) $product->id,
                'name'         => $product->name,
                'price'        => (float) ($product->sale_price ?? $product->price ?? 0),
                'stock_status' => $product->stock > 0 ? 'in_stock' : 'out_of_stock',
            ],
        ]);
    }

    public static function sendOrderEvent(string $event, $order): void
    {
        self::send('orders', [
            'event' => $event,   // order.created | order.updated | order.deleted
            'data'  => [
                'id'             => (string) $order->id,
                'order_number'   => $order->order_number,
                'status'         => $order->status,
                'total'          => (float) $order->total,
                'customer_email' => $order->customer_email,
            ],
        ]);
    }

    private static function send(string $resource, array $payload): void
    {
        $base  = config('hiwelink.webhook_url');
        $token = config('hiwelink.store_token');

        if (empty($base) || empty($token)) {
            return; // not configured yet — skip silently
        }

        $url = rtrim($base, '/') . '/api/generic-api/webhooks/' . $token . '/' . $resource;

        try {
            $response = Http::timeout(5)->post($url, $payload);
        } catch (ConnectionException $error) {
            // A shop goes on selling: the next scheduled sync brings the change.
            Log::warning('HiWelink could not be reached', ['event' => $payload['event']]);
            return;
        }

        if ($response->failed()) {
            Log::warning('HiWelink refused an event', [
                'event'  => $payload['event'],
                'status' => $response->status(),
            ]);
        }
    }
}
