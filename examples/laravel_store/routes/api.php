<?php

// routes/api.php — Laravel puts /api before every address in this file by itself:
// '/products' is served as /api/products. Writing '/api/products' here would make it
// /api/api/products.
use App\Http\Middleware\HiWelinkAuth;
use App\Models\Order;
use App\Models\Product;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Route;

Route::middleware([HiWelinkAuth::class])->group(function () {

    Route::get('/products', function (Request $request) {
        $perPage = max(1, min((int) $request->get('per_page', 50), 100));

        $products = Product::query()
            ->with(['categories', 'tags', 'images'])
            ->where('status', 'active')
            ->orderBy('id') // without a fixed order a product may be on two pages or on none
            ->paginate($perPage, ['*'], 'page', (int) $request->get('page', 1));

        return response()->json([
            'data' => $products->map(fn ($p) => [
                'id'                => (string) $p->id,
                'name'              => $p->name,
                'slug'              => $p->slug,
                'description'       => $p->description,
                'short_description' => $p->short_description,
                'sku'               => $p->sku,
                'price'             => (float) $p->price,
                'regular_price'     => $p->compare_price ? (float) $p->compare_price : null,
                'sale_price'        => $p->sale_price ? (float) $p->sale_price : null,
                'stock_status'      => $p->stock > 0 ? 'in_stock' : 'out_of_stock',
                'stock_quantity'    => (int) $p->stock,
                'categories'        => $p->categories->pluck('name')->toArray(),
                'tags'              => $p->tags->pluck('name')->toArray(),
                'images'            => $p->images->pluck('url')->toArray(),
                'attributes'        => $p->attributes ?? [],
            ]),
            'meta' => [
                'current_page' => $products->currentPage(),
                'per_page'     => $products->perPage(),
                'total'        => $products->total(),
                'last_page'    => $products->lastPage(),
            ],
        ]);
    });

    Route::get('/orders', function (Request $request) {
        $perPage = max(1, min((int) $request->get('per_page', 50), 100));

        $orders = Order::query()
            ->with(['items', 'shippingAddress', 'billingAddress'])
            ->orderBy('id')
            ->paginate($perPage, ['*'], 'page', (int) $request->get('page', 1));

        return response()->json([
            'data' => $orders->map(fn ($o) => [
                'id'               => (string) $o->id,
                'order_number'     => $o->order_number,
                'status'           => $o->status,
                'total'            => (float) $o->total,
                'currency'         => $o->currency ?? 'USD',
                'customer_email'   => $o->customer_email,
                'customer_name'    => $o->customer_name,
                'items'            => $o->items->map(fn ($i) => [
                    'product_id' => (string) $i->product_id,
                    'name'       => $i->name,
                    'quantity'   => (int) $i->quantity,
                    'price'      => (float) $i->price,
                ])->toArray(),
                'shipping_address' => $o->shippingAddress?->toArray(),
                'billing_address'  => $o->billingAddress?->toArray(),
                'created_at'       => $o->created_at->toIso8601String(),
            ]),
            'meta' => [
                'current_page' => $orders->currentPage(),
                'per_page'     => $orders->perPage(),
                'total'        => $orders->total(),
                'last_page'    => $orders->lastPage(),
            ],
        ]);
    });
});
