// Lets a request through when its X-API-Key is the one HiWelink was given.
const { createHash, timingSafeEqual } = require('crypto');

function hiwelinkAuth(req, res, next) {
    const incoming = req.headers['x-api-key'];
    const expected = process.env.HIWELINK_API_KEY;

    if (!expected || !incoming || !sameSecret(incoming, expected)) {
        return res.status(401).json({ error: 'Unauthorized' });
    }
    next();
}

// Compared in constant time: how long it takes tells nothing about the key. The
// digests make both sides equally long, which timingSafeEqual asks for.
function sameSecret(one, other) {
    return timingSafeEqual(digest(one), digest(other));
}

function digest(text) {
    return createHash('sha256').update(text).digest();
}

module.exports = hiwelinkAuth;
