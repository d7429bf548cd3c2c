// Stands in for the tables of a real shop: as many products and orders as you ask for,
// the same ones every time. Prices are text, as SQL decimals arrive in JavaScript.
const PRODUCTS = parseInt(process.env.PRODUCTS || '250', 10);
const ORDERS   = parseInt(process.env.ORDERS   || '120', 10);
const DRAFTS   = 10; // products that are not for sale yet

const MATERIALS = ['Oak', 'Linen', 'Copper', 'Wool', 'Stoneware', 'Cork', 'Brass'];
const THINGS    = ['Lamp', 'Basket', 'Mug', 'Blanket', 'Stool', 'Tray', 'Vase', 'Clock'];
const STATUSES  = ['pending', 'processing', 'shipped', 'completed', 'cancelled', 'refunded'];
const FIRST_DAY = Date.UTC(2026, 0, 1);
const SIX_HOURS = 6 * 60 * 60 * 1000;

function makeProduct(id) {
    const thing = THINGS[id % THINGS.length];
    const name  = `${MATERIALS[id % MATERIALS.length]} ${thing} ${id}`;
    return {
        id,
        name,
        slug:        name.toLowerCase().replaceAll(' ', '-'),
        description: `<p>${name}: number ${id} on the shelf.</p>`,
        sku:         `SKU-${String(id).padStart(4, '0')}`,
        price:       money(499 + (id * 137) % 20000),
        stock:       id % 7,
        status:      id > PRODUCTS ? 'draft' : 'active',
        // Every tenth has neither, as in real tables.
        categories:  id % 10 ? ['Home', `${thing}s`] : null,
        images:      id % 10 ? [`https://shop.example/images/${id}.jpg`] : null,
    };
}

function makeOrder(id) {
    const items = Array.from({ length: 1 + id % 3 }, (_, at) => makeItem(id, at));
    const cents = items.reduce((sum, i) => sum + i.quantity * toCents(i.price), 0);
    return {
        id,
        orderNumber:   `ORD-2026-${1000 + id}`,
        status:        STATUSES[id % STATUSES.length],
        total:         money(cents),
        currency:      id % 5 ? 'EUR' : null,
        customerEmail: `customer${id}@example.com`,
        customerName:  `Customer ${id}`,
        createdAt:     new Date(FIRST_DAY + id * SIX_HOURS),
        items,
    };
}

function makeItem(order, at) {
    const product = makeProduct((order * 7 + at * 3) % PRODUCTS + 1);
    return {
        productId: product.id,
        name:      product.name,
        quantity:  1 + (order + at) % 3,
        price:     product.price,
    };
}

function money(cents) {
    return (cents / 100).toFixed(2);
}

function toCents(price) {
    return Math.round(parseFloat(price) * 100);
}

// findAll and count, as Sequelize has them, over an array.
function table(rows) {
    const matching = where =>
        rows.filter(row => Object.entries(where).every(([key, value]) => row[key] === value));
    return {
        async findAll({ limit, offset = 0, where = {} }) {
            return matching(where).slice(offset, offset + limit);
        },
        async count({ where = {} } = {}) {
            return matching(where).length;
        },
    };
}

const numbers = length => Array.from({ length }, (_, at) => at + 1);

module.exports = {
    Product: table(numbers(PRODUCTS + DRAFTS).map(makeProduct)),
    Order:   table(numbers(PRODUCTS ? ORDERS : 0).map(makeOrder)),
};
