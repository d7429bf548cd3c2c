// The specification's Express example, word for word: only the line after this comment,
// which stands for the shop's own models, is added.
const { Product, Order } = require('../../../examples/express_store/models');

const express = require('express');
const app     = express();

//  Middleware 
function apiKeyAuth(req, res, next) {
    const key = req.headers['x-api-key'];
    if (!key || key !== process.env.HIWELINK_API_KEY) {
        return res.status(401).json({ error: 'Invalid or missing API key' });
    }
    next();
}
app.use('/health', apiKeyAuth);
app.use('/api',    apiKeyAuth);

//  Health 
app.get('/health', (req, res) => {
    res.json({ status: 'ok', timestamp: new Date().toISOString() });
});

//  Products ─
app.get('/api/products', async (req, res) => {
    const page    = parseInt(req.query.page    || '1');
    const perPage = Math.min(parseInt(req.query.per_page || '50'), 100);
    const offset  = (page - 1) * perPage;

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
        })),
        meta: {
            current_page: page,
            per_page:     perPage,
            total,
            last_page:    Math.ceil(total / perPage),
        },
    });
});

//  Orders 
app.get('/api/orders', async (req, res) => {
    const page    = parseInt(req.query.page    || '1');
    const perPage = Math.min(parseInt(req.query.per_page || '50'), 100);
    const offset  = (page - 1) * perPage;

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

app.listen(3000);
