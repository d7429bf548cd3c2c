"""The page of a product in the merchant's shop.

Rule: the specification's "Product detail URL" and DESIGN section 6, "product link".
"""

import re
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from commerce.mapping.notes import Unreadable
from commerce.mapping.text import clean_text
from commerce.mapping.values import read_absolute_url, read_url

_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")


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
    home = _home(storefront_url) or _home(base_url)
    link = _joined(permalink, home)
    if link is None and slug and home:
        link = f"{home}/product/{_quoted(slug.strip('/'))}"
    return ProductLink(link, False) if link else ProductLink(home, True)


def _home(address: str) -> str:
    try:
        home = read_absolute_url(address)
    except Unreadable:
        return ""
    return home.rstrip("/") if home else ""


def _joined(permalink: str | None, home: str) -> str | None:
    try:
        address = read_url(permalink) if permalink else None
    except Unreadable:
        return None
    if address is None:
        return None
    host = home.partition("//")[2].partition("/")[0]
    if host and address.lower().startswith(f"{host.lower()}/"):
        address = f"//{address}"  # "shop.com/product/x": only the scheme was forgotten
    joined = urljoin(f"{home}/", address)
    return joined if urlsplit(joined).scheme in ("http", "https") else None


def _quoted(slug: str) -> str:
    """A slug as part of a path; one that is quoted already stays as it is."""
    return quote(clean_text(slug), safe="/%" if _ESCAPE.search(slug) else "/")
