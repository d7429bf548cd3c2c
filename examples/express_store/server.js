// A store HiWelink can connect to: health, products and orders.
// Run it with `HIWELINK_API_KEY=... npm start` (README.md has the settings).
const express = require('express');
const hiwelinkAuth = require('./middleware/hiwelinkAuth');
const { Product, Order } = require('./models');

const app = express();
app.disable('x-powered-by');

// Apply to your store endpoints
app.use(['/health', '/api/products', '/api/orders'], hiwelinkAuth);

// Health
app.get('/health', (req, res) => {
    res.json({ status: 'ok', timestamp: new Date().toISOString() });
});

// Products
app.get('/api/products', async (req, res) => {
    const { page, perPage, offset } = paging(req.query);

    const [products, total] = await Promise.all([
        Product.findAll({ limit: perPage, offset, where: { status: 'active' } }),
        Product.count({ where: { status: 'active' } }),
    ]);

    res.json({
        data: products.map(p => ({
            id:             String(p.id),
            name:           p.name,
            description:    p.description,
            sku:            p.sku,
            price:          parseFloat(p.price),
            stock_status:   p.stock > 0 ? 'in_stock' : 'out_of_stock',
            stock_quantity: parseInt(p.stock),
            categories:     p.categories || [],
            images:         p.images     || [],
            slug:           p.slug,
        })),
        meta: {
            current_page: page,
            per_page:     perPage,
            total,
            last_page:    Math.ceil(total / perPage),
        },
    });
});

// Orders
app.get('/api/orders', async (req, res) => {
    const { page, perPage, offset } = paging(req.query);

    const [orders, total] = await Promise.all([
        Order.findAll({ limit: perPage, offset, include: ['items'] }),
        Order.count(),
    ]);

    res.json({
        data: orders.map(o => ({
            id:             String(o.id),
            order_number:   o.orderNumber,
            status:         o.status,
            total:          parseFloat(o.total),
            currency:       o.currency || 'USD',
            customer_email: o.customerEmail,
            customer_name:  o.customerName,
            items:          o.items.map(i => ({
                product_id: String(i.productId),
                name:       i.name,
                quantity:   i.quantity,
                price:      parseFloat(i.price),
            })),
            created_at: o.createdAt.toISOString(),
        })),
        meta: {
            current_page: page,
            per_page:     perPage,
            total,
            last_page:    Math.ceil(total / perPage),
        },
    });
});

// Nonsense in the address means the first page and 50 records.
function paging(query) {
    const page    = Math.max(parseInt(query.page, 10) || 1, 1);
    const perPage = Math.min(Math.max(parseInt(query.per_page, 10) || 50, 1), 100);
    return { page, perPage, offset: (page - 1) * perPage };
}

const port = process.env.PORT || 3000;
const host = process.env.HOST || '127.0.0.1';
app.listen(port, host, () => console.log(`Store on http://${host}:${port}`));
