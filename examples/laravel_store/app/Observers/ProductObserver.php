<?php

// app/Observers/ProductObserver.php
namespace App\Observers;

use App\Models\Product;
use App\Services\HiWelinkWebhookService;
use Illuminate\Contracts\Events\ShouldHandleEventsAfterCommit;

// After the commit: HiWelink never hears of a change that was rolled back.
class ProductObserver implements ShouldHandleEventsAfterCommit
{
    public function created(Product $product): void
    {
        HiWelinkWebhookService::sendProductEvent('product.created', $product);
    }

    public function updated(Product $product): void
    {
        HiWelinkWebhookService::sendProductEvent('product.updated', $product);
    }

    public function deleted(Product $product): void
    {
        HiWelinkWebhookService::sendProductEvent('product.deleted', $product);
    }
}
