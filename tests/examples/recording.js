// Loaded with `node --require` before a published Express store. Writes down every
// request in RECORD_FILE as a JSON line and moves `listen(3000)` to PORT on 127.0.0.1.
const fs = require('fs');
const http = require('http');

const seconds = () => Date.now() / 1000;
const { emit, listen } = http.Server.prototype;

http.Server.prototype.emit = function (event, req, res) {
    if (event === 'request') record(req, res);
    return emit.apply(this, arguments);
};

http.Server.prototype.listen = function () {
    const done = Array.from(arguments).find(argument => typeof argument === 'function');
    return listen.call(this, Number(process.env.PORT), '127.0.0.1', done);
};

function record(req, res) {
    const started = seconds();
    const [path, query = ''] = req.url.split('?');
    const { end } = res;
    // Before it is sent: the client may look at the file right after.
    res.end = function () {
        const entry = {
            started,
            method:  req.method,
            path,
            query,
            headers: req.headers,
            status:  res.statusCode,
            ended:   seconds(),
        };
        fs.appendFileSync(process.env.RECORD_FILE, JSON.stringify(entry) + '\n');
        return end.apply(this, arguments);
    };
}
