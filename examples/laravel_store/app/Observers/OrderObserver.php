<?php

// app/Observers/OrderObserver.php
namespace App\Observers;

use App\Models\Order;
use App\Services\HiWelinkWebhookService;
use Illuminate\Contracts\Events\ShouldHandleEventsAfterCommit;

// After the commit: HiWelink never hears of a change that was rolled back.
class OrderObserver implements ShouldHandleEventsAfterCommit
{
    public function created(Order $order): void
    {
        HiWelinkWebhookService::sendOrderEvent('order.created', $order);
    }

    public function updated(Order $order): void
    {
        HiWelinkWebhookService::sendOrderEvent('order.updated', $order);
    }

    public function deleted(Order $order): void
    {
        HiWelinkWebhookService::sendOrderEvent('order.deleted', $order);
    }
}
