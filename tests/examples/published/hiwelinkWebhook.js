// The specification's Node webhook service, word for word.
// services/hiwelinkWebhook.js
const axios = require('axios');

const base  = process.env.HIWELINK_WEBHOOK_URL;
const token = process.env.HIWELINK_STORE_TOKEN;

async function sendProductEvent(event, product) {
    if (!base || !token) return;

    const url = `${base.replace(/\/$/, '')}/api/generic-api/webhooks/${token}/products`;

    await axios.post(url, {
        event,
        data: {
            id:           String(product.id),
            name:         product.name,
            price:        parseFloat(product.salePrice ?? product.price ?? 0),
            stock_status: product.stock > 0 ? 'in_stock' : 'out_of_stock',
        },
    }).catch(err => console.error('HiWelink webhook failed:', err.message));
}

async function sendOrderEvent(event, order) {
    if (!base || !token) return;

    const url = `${base.replace(/\/$/, '')}/api/generic-api/webhooks/${token}/orders`;

    await axios.post(url, {
        event,
        data: {
            id:             String(order.id),
            order_number:   order.orderNumber,
            status:         order.status,
            total:          parseFloat(order.total),
            customer_email: order.customerEmail,
        },
    }).catch(err => console.error('HiWelink webhook failed:', err.message));
}

module.exports = { sendProductEvent, sendOrderEvent };
