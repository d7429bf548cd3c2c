import pytest

from commerce.mapping.links import product_url

API, SHOP = "https://api.shop.com", "https://shop.com/de"


@pytest.mark.parametrize(
    ("permalink", "slug", "storefront", "url"),
    [
        ("https://shop.com/p/1", "blue", SHOP, "https://shop.com/p/1"),
        ("http://other.com/p", None, "", "http://other.com/p"),
        # The specification: {store_base_url}/product/{slug}.
        (None, "blue-hoodie", "", "https://api.shop.com/product/blue-hoodie"),
        (None, "blue-hoodie", SHOP, "https://shop.com/de/product/blue-hoodie"),
        (None, "blue", SHOP + "/", "https://shop.com/de/product/blue"),
        (None, "a b/ü?#", SHOP, "https://shop.com/de/product/a%20b/%C3%BC%3F%23"),
        (None, "caf%C3%A9", SHOP, "https://shop.com/de/product/caf%C3%A9"),
        (None, "50% off", SHOP, "https://shop.com/de/product/50%25%20off"),
        ("/product/x", None, "", "https://api.shop.com/product/x"),
        ("/product/x", None, SHOP, "https://shop.com/product/x"),
        ("product/x", None, SHOP, "https://shop.com/de/product/x"),
        ("?p=4", None, SHOP, "https://shop.com/de/?p=4"),
        ("//cdn.com/x", None, SHOP, "https://cdn.com/x"),
        ("shop.com/p/1", None, SHOP, "https://shop.com/p/1"),
        # Never a scheme a browser would run.
        ("javascript:alert(1)", "blue", SHOP, "https://shop.com/de/product/blue"),
        ("java\nscript:alert(1)", "blue", SHOP, "https://shop.com/de/product/blue"),
        ("data:text/html,x", "blue", SHOP, "https://shop.com/de/product/blue"),
        ("/x", None, "javascript:alert(1)", "https://api.shop.com/x"),
    ],
)
def test_a_products_page(permalink, slug, storefront, url):
    link = product_url(permalink, slug, base_url=API, storefront_url=storefront)
    assert link == (url, False)


@pytest.mark.parametrize(
    ("permalink", "slug"), [(None, None), ("", ""), ("javascript:x", None), ("#", "")]
)
def test_without_a_page_it_is_the_home_page(permalink, slug):
    link = product_url(permalink, slug, base_url=API, storefront_url=SHOP)
    assert link == (SHOP, True)
    assert product_url(permalink, slug, base_url=API + "/") == (API, True)


@pytest.mark.parametrize("base", ["", "javascript:alert(1)", "http://[::1", "shop.com"])
def test_without_a_storefront_there_is_no_link_to_guess(base):
    assert product_url("/x", "blue", base_url=base) == ("", True)
    assert product_url("https://s.com/x", None, base_url=base).url == "https://s.com/x"
