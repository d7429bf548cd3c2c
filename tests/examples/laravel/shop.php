<?php

// The models that examples/laravel_store expects, on a shop kept in SQLite.
namespace App\Models;

use Illuminate\Database\Eloquent\Model;
use Illuminate\Support\Facades\Schema;

abstract class Row extends Model
{
    public $timestamps = false;
    protected $guarded = [];
    protected $hidden = ['id', 'order_id'];
}

class Product extends Row
{
    public function categories() { return $this->hasMany(Category::class); }
    public function tags() { return $this->hasMany(Tag::class); }
    public function images() { return $this->hasMany(Image::class); }
}

class Order extends Row
{
    protected $casts = ['created_at' => 'datetime'];
    public function items() { return $this->hasMany(Item::class); }
    public function shippingAddress() { return $this->hasOne(Address::class); }
    public function billingAddress() { return $this->hasOne(Address::class); }
}

class Category extends Row {}
class Tag extends Row {}
class Image extends Row {}
class Item extends Row {}
class Address extends Row {}

const COLUMNS = [
    'products' => ['name', 'slug', 'description', 'short_description', 'sku', 'price',
        'compare_price', 'sale_price', 'stock', 'status', 'attributes'],
    'categories' => ['product_id', 'name'],
    'tags' => ['product_id', 'name'],
    'images' => ['product_id', 'url'],
    'orders' => ['order_number', 'status', 'total', 'currency', 'customer_email',
        'customer_name', 'created_at'],
    'items' => ['order_id', 'product_id', 'name', 'quantity', 'price'],
    'addresses' => ['order_id', 'street', 'city'],
];

// Makes the tables and a shop of these products and orders, as the specification names
// their fields. Nobody is told: observers hear of later changes.
function fill(array $products, array $orders): void
{
    foreach (COLUMNS as $table => $columns) {
        Schema::create($table, function ($made) use ($columns) {
            $made->id();
            array_map(fn ($name) => $made->string($name)->nullable(), $columns);
        });
    }
    Model::withoutEvents(function () use ($products, $orders) {
        foreach ($products as $one) {
            $row = Product::create([
                'id' => $one['id'], 'name' => $one['name'], 'sku' => $one['sku'],
                'description' => $one['description'], 'price' => $one['price'],
                'stock' => $one['stock_quantity'], 'status' => 'active',
                'slug' => 'product-' . $one['id'],
            ]);
            foreach ($one['categories'] as $name) {
                $row->categories()->create(['name' => $name]);
            }
            foreach ($one['images'] as $url) {
                $row->images()->create(['url' => $url]);
            }
        }
        foreach ($orders as $one) {
            $items = $one['items'];
            unset($one['items']);
            $row = Order::create($one);
            array_map(fn ($item) => $row->items()->create($item), $items);
            $row->shippingAddress()->create(['street' => '1 Wharf Street', 'city' => 'Bath']);
        }
    });
}
