import base64
from urllib.parse import urlsplit

import pytest
import requests

from commerce.connector.errors import ConfigError
from commerce.connector.guard import (
    AddressPolicy,
    check_url,
    endpoint_url,
    mask,
)

PRODUCTION = AddressPolicy(production=True)
BASE = "https://api.store.example"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.5",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",  # cloud metadata
        "100.64.0.1",  # carrier-grade NAT
        "100.100.100.200",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:8.8.8.8",
        "::ffff:0:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2001::1",  # Teredo
        "2001:db8::1",
        "2001:20::1",
        "2002:7f00:1::1",  # 6to4
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",  # cloud metadata
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
    ],
)
def test_production_dials_no_address_that_is_not_public(address):
    with pytest.raises(ConfigError) as caught:
        PRODUCTION.choose("store.example", [address])
    assert caught.value.code == "blocked_address"
    assert address not in caught.value.detail


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111"])
def test_production_dials_public_addresses(address):
    assert PRODUCTION.choose("store.example", [address]) == [address]


def test_of_several_addresses_only_the_public_ones_are_dialled():
    found = PRODUCTION.choose("store.example", ["10.0.0.1", "8.8.8.8", "::1"])
    assert found == ["8.8.8.8"]


def test_production_ignores_what_a_sandbox_may_dial():
    policy = AddressPolicy(True, frozenset({"127.0.0.1", "localhost"}))
    with pytest.raises(ConfigError):
        policy.choose("localhost", ["127.0.0.1"])


@pytest.mark.parametrize(
    ("entry", "host", "address"),
    [
        ("localhost", "LOCALHOST", "127.0.0.1"),
        ("127.0.0.1", "store.test", "127.0.0.1"),
        ("10.1.0.0/16", "store.test", "10.1.2.3"),
        ("::1", "store.test", "::1"),
        ("[::1]", "store.test", "::1"),
        ("store.test", "store.test", "192.168.0.9"),
    ],
)
def test_a_sandbox_dials_what_the_operator_listed(entry, host, address):
    policy = AddressPolicy(False, frozenset({entry}))
    assert policy.choose(host, [address]) == [address]
    with pytest.raises(ConfigError):
        policy.choose("other.test", ["192.168.77.1"])


def test_an_empty_sandbox_list_allows_public_addresses_only():
    policy = AddressPolicy(production=False)
    assert policy.choose("store.example", ["8.8.8.8"]) == ["8.8.8.8"]
    with pytest.raises(ConfigError):
        policy.choose("localhost", ["127.0.0.1"])


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("https://api.store.example", BASE),
        ("  https://api.store.example/ \n", BASE),
        ("HTTPS://API.Store.Example:443//", BASE),
        ("https://api.store.example.", BASE),
        ("https://api.store.example:8443/v2/", f"{BASE}:8443/v2"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://[2606:4700:0::1111]:443", "https://[2606:4700::1111]"),
        ("https://Müller.example/ä b".replace(" ", ""), None),
        ("https://shop_1.store.example", "https://shop_1.store.example"),
    ],
)
def test_a_base_url_has_one_normal_form(typed, normal):
    normal = normal or "https://xn--mller-kva.example/%C3%A4b"
    assert check_url(typed) == normal
    assert check_url(normal) == normal


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "api.store.example",
        "//api.store.example",
        "ftp://api.store.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///api",
        "https://user:pass@store.example",
        "https://user@store.example",
        "https://store.example@evil.example",
        "https://store.example\\@evil.example",
        "https://store .example",
        "https://store.example/a b",
        "https://store.example/\x00",
        "https://store.example\r\nX-Evil: 1",
        "https://store.example?key=1",
        "https://store.example/#/products",
        "https://store.example:0",
        "https://store.example:65536",
        "https://store.example:port",
        "https://store.example/../admin",
        "https://store.example/%2e%2e/admin",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "https://[1.2.3.4]",
        "https://-store..example",
        "https://" + "a" * 300,
        "https://\ud800.example",
    ],
)
def test_what_is_no_base_url_is_refused(typed):
    with pytest.raises(ConfigError) as caught:
        check_url(typed)
    assert caught.value.code == "invalid_url"


def test_production_refuses_http_and_a_sandbox_takes_it():
    with pytest.raises(ConfigError) as caught:
        check_url("http://store.example", PRODUCTION)
    assert caught.value.code == "https_required"
    sandbox = AddressPolicy(production=False)
    assert check_url("http://store.example", sandbox) == "http://store.example"


@pytest.mark.parametrize(
    ("base", "path", "params", "url"),
    [
        (BASE, "/api/products", None, f"{BASE}/api/products"),
        (BASE + "/v2", "api/products", None, f"{BASE}/v2/api/products"),
        (BASE, "", None, f"{BASE}/"),
        (BASE, "/p", {"page": 1, "per_page": 50}, f"{BASE}/p?page=1&per_page=50"),
        (
            BASE,
            "/i.php?route=products",
            {"page": 2},
            f"{BASE}/i.php?route=products&page=2",
        ),
        (
            BASE,
            "/p?page=9&x=1&per_page=5",
            {"page": 2},
            f"{BASE}/p?x=1&per_page=5&page=2",
        ),
        (BASE, "/p?flag&empty=", {"page": 2}, f"{BASE}/p?flag&empty=&page=2"),
        (BASE, "/@shop/products", None, f"{BASE}/@shop/products"),
        (BASE, "/größe", None, f"{BASE}/gr%C3%B6%C3%9Fe"),
        (BASE, "/a%2Fb", None, f"{BASE}/a%2Fb"),
    ],
)
def test_an_endpoint_joins_its_base(base, path, params, url):
    assert endpoint_url(base, path, params) == url


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/x",
        "https://evil.example",
        "HTTPS:evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\\evil.example",
        "@evil.example",
        "/../admin",
        "/api/../../admin",
        "/%2E%2e/admin",
        "/a\r\nHost: evil.example",
        "/a b",
        "/a#b",
    ],
)
def test_an_endpoint_never_leaves_its_origin(path):
    with pytest.raises(ConfigError) as caught:
        endpoint_url(BASE, path, {"page": 1})
    assert caught.value.code == "invalid_url"


def test_credentials_are_masked_however_they_are_spelled():
    secret = "s3cr&t key"
    encoded = base64.b64encode(secret.encode()).decode()
    text = f"sent {secret}, s3cr%26t%20key and {encoded}"
    assert mask(text, [secret]) == "sent ***, *** and ***"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            'It said "bad key sk_canary_47…". Mend it.',
            'It said "bad key ***…". Mend it.',
        ),
        ("bad key sk_canary_4", "bad key ***"),
        ("a…sk_canary_4711…sk_c…sk_…", "a…***…***…sk_…"),
        ("nothing of the kind…", "nothing of the kind…"),
    ],
)
def test_a_credential_cut_off_in_the_middle_is_masked(text, masked):
    assert mask(text, ["sk_canary_4711"]) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://me:pw@store.example/x", "https://***@store.example/x"),
        ("/p?api_key=abc&page=1", "/p?api_key=***&page=1"),
        ("/p?page=1&access_token=abc", "/p?page=1&access_token=***"),
        ("/p?page=1&per_page=50", "/p?page=1&per_page=50"),
    ],
)
def test_credentials_in_addresses_are_masked(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "path",
    [
        "/@evil.example",
        ":80@evil.example",
        "/;@evil.example",
        "/%2f%2fevil.example",
        "/%5cevil.example",
        "/%252e%252e/admin",
        "/a;..;/b",
        "?to=//evil.example",
        "/p?page=9&page=8",
    ],
)
def test_what_is_sent_stays_below_the_base_url(path):
    """As the HTTP library writes it, which has ideas of its own."""
    url = endpoint_url(f"{BASE}/v2", path, {"page": 1})
    sent = urlsplit(requests.Request("GET", url).prepare().url)
    assert (sent.scheme, sent.netloc) == ("https", "api.store.example")
    assert sent.path.startswith("/v2/")
    assert sent.query.count("page=1") == 1 and "page=9" not in sent.query
