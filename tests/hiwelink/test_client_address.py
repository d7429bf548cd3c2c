"""Whose address a request has, and who may say so."""

import pytest
from django.test import RequestFactory

from hiwelink.client_address import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        # Nobody in front of us: the header is a visitor's word.
        (0, None, "10.0.0.1"),
        (0, "8.8.8.8", "10.0.0.1"),
        # One proxy, which appends whom it saw. What stands before is made up.
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "8.8.8.8, 198.51.100.1", "198.51.100.1"),
        (1, " 8.8.8.8 ,, 198.51.100.1 ", "198.51.100.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        # Two: the outer one saw the visitor, the inner one the outer.
        (2, "8.8.8.8, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        # Fewer entries than proxies: it did not come the whole way.
        (1, None, "10.0.0.1"),
        (1, " , ", "10.0.0.1"),
        (2, "8.8.8.8", "10.0.0.1"),
    ],
)
def test_the_address_is_what_the_nearest_trusted_proxy_saw(
    settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", **headers)
    assert client_address(request) == address
