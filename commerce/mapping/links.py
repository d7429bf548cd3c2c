"""The page of a product in the merchant's shop.

Rule: the specification's "Product detail URL" and DESIGN section 6, "product link".
"""

from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from commerce.mapping.notes import Unreadable
from commerce.mapping.values import read_url


class ProductLink(NamedTuple):
    """url: "" when no storefront is known. is_fallback: it is only the home page, so
    the caller logs a warning.
    """

    url: str
    is_fallback: bool


def product_url(
    permalink: str | None, slug: str | None, *, base_url: str, storefront_url: str = ""
) -> ProductLink:
    """Permalink, else {storefront_url or base_url}/product/{slug}, else the home page.

    A relative permalink is joined to the storefront. Only http and https addresses
    are returned.
    """
    home = (storefront_url or base_url).strip().rstrip("/")
    link = _joined(permalink, home)
    if link is None and slug and home:
        link = f"{home}/product/{quote(slug.strip('/'), safe='/')}"
    return ProductLink(link, False) if link else ProductLink(home, True)


def _joined(permalink: str | None, home: str) -> str | None:
    try:
        address = read_url(permalink)
    except Unreadable:
        return None
    if address is None:
        return None
    if not urlsplit(address).scheme and _host(f"//{address}") == _host(home) != "":
        address = f"//{address}"  # "shop.com/product/x": only the scheme was forgotten
    joined = urljoin(f"{home}/", address)
    return joined if urlsplit(joined).scheme in ("http", "https") else None


def _host(address: str) -> str:
    return (urlsplit(address).netloc).lower()
