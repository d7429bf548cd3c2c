"""The shop's own pages, with a place for the HiWelink widget. GET only, no cookies."""

import os
import re
from collections import defaultdict
from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from database import HERE, Order, Product, db
from departments import Department, load_departments, slugify
from orders import COUNT
from pictures import draw

PAGES = HERE / "pages"
DEPARTMENTS = load_departments()
HIWELINK = os.getenv("HIWELINK_WEBHOOK_URL", "").rstrip("/")
# HiWelink's loader is the only script, its frame the only frame.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self';"
    " style-src 'self'; script-src {0}; connect-src {0}; frame-src {0}"
).format(HIWELINK or "'none'")
# A description may hold these, without attributes. Anything else is shown as text.
MARKUP = re.compile(r"&lt;(/?(?:p|ul|li|strong|em))&gt;")

router = APIRouter(include_in_schema=False)


class Html(str):
    """Text that is HTML already; render() escapes every other kind."""


@router.get("/")
def home() -> HTMLResponse:
    groups = Html("".join(_department_row(one) for one in DEPARTMENTS))
    tiles = Html("".join(_tile(one) for one in DEPARTMENTS))
    sale = [p for p in _products() if p.sale_price and p.stock][3::7][:4]
    body = render("home", tiles=tiles, sale=_cards(sale), departments=groups)
    return _page("Gear for the hills, goods for the house", body)


@router.get("/category/{slug}")
def category(slug: str) -> HTMLResponse:
    chosen = next((one for one in DEPARTMENTS if one.slug == slug), None)
    if chosen is None:
        return _missing()
    kinds: defaultdict[str, list[Product]] = defaultdict(list)
    for product in _products(category=chosen.name):
        kinds[product.categories[1]].append(product)
    groups = Html("".join(_kind(kind, found) for kind, found in kinds.items()))
    links = Html("".join(render("_kind_link", kind=k, slug=slugify(k)) for k in kinds))
    body = render(
        "category", name=chosen.name, tagline=chosen.tagline, links=links, kinds=groups
    )
    return _page(chosen.name, body)


@router.get("/product/{slug}")
def product_page(slug: str) -> HTMLResponse:
    product = db.query(Product).filter_by(slug=slug, status="active").first()
    if product is None:
        return _missing()
    others = [p for p in _products(category=product.category) if p.id != product.id]
    others.sort(key=lambda p: p.categories != product.categories)  # its own kind first
    body = render(
        "product",
        name=product.name,
        slug=product.slug,
        sku=product.sku,
        category=product.category,
        category_slug=slugify(product.category),
        kind=product.categories[1],
        short=product.short_description,
        price=_price(product),
        stock=_stock(product),
        description=_description(product.description),
        facts=_facts(product),
        tags=Html("".join(render("_tag", tag=tag) for tag in product.tags)),
        related=_cards(others[:4]),
    )
    return _page(product.name, body)


@router.get("/images/{slug}.svg")
def image(slug: str) -> Response:
    product = db.query(Product).filter_by(slug=slug).first()
    if product is None:
        return Response("No such picture.", status_code=404, media_type="text/plain")
    return Response(
        draw(product.glyph, product.paint),
        media_type="image/svg+xml",
        headers={
            "Cache-Control": "public, max-age=3600",
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get("/about")
def about() -> HTMLResponse:
    return _page("About us", render("about"))


@router.get("/shipping")
def shipping() -> HTMLResponse:
    return _page("Shipping", render("shipping"))


@router.get("/returns")
def returns() -> HTMLResponse:
    return _page("Returns and repairs", render("returns"))


@router.get("/my-order")
def my_order() -> HTMLResponse:
    orders = db.query(Order).offset(COUNT - 60).all()[::14]
    examples = [
        render("_example_order", number=one.order_number, email=one.customer_email)
        for one in orders
    ]
    body = render("my_order", examples=Html("".join(examples)))
    return _page("Where is my order?", body)


def render(template: str, **values: str) -> Html:
    """Fill in `pages/<template>.html`. Values are escaped unless they are Html."""
    text = Template((PAGES / f"{template}.html").read_text())
    safe = {
        name: value if isinstance(value, Html) else escape(value)
        for name, value in values.items()
    }
    return Html(text.substitute(safe))


def _page(title: str, body: Html, status: int = 200) -> HTMLResponse:
    menu = [render("_menu", name=one.name, slug=one.slug) for one in DEPARTMENTS]
    html = render(
        "layout", title=title, body=body, menu=Html("".join(menu)), widget=_widget()
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
    return HTMLResponse(html, status_code=status, headers=headers)


def _widget() -> Html:
    """HiWelink's script tag, once a chatbot exists."""
    chatbot = chatbot_id()
    if not HIWELINK or not chatbot:
        return Html()
    return render("_widget", hiwelink=HIWELINK, chatbot=chatbot)


def chatbot_id() -> str:
    """Read at each request: the chatbot may be made after the shop was started."""
    file = os.getenv("HIWELINK_CHATBOT_ID_FILE", "")
    if file and Path(file).exists():
        return Path(file).read_text().strip()
    return os.getenv("HIWELINK_CHATBOT_ID", "")


def _missing() -> HTMLResponse:
    return _page("Not found", render("missing"), status=404)


def _products(**wanted: str) -> list[Product]:
    return db.query(Product).filter_by(status="active", **wanted).all()


def _department_row(one: Department) -> Html:
    products = _products(category=one.name)
    return render(
        "_department",
        name=one.name,
        slug=one.slug,
        tagline=one.tagline,
        count=str(len(products)),
        cards=_cards(_one_of_each_kind(products)[:4]),
    )


def _one_of_each_kind(products: list[Product]) -> list[Product]:
    return list({p.categories[1]: p for p in reversed(products)}.values())[::-1]


def _tile(one: Department) -> Html:
    first = db.query(Product).filter_by(category=one.name).first()
    return render(
        "_tile", name=one.name, slug=one.slug, image=first.slug if first else ""
    )


def _kind(kind: str, products: list[Product]) -> Html:
    return render("_kind", kind=kind, slug=slugify(kind), cards=_cards(products))


def _cards(products: list[Product]) -> Html:
    return Html("".join(_card(product) for product in products))


def _card(product: Product) -> Html:
    return render(
        "_card",
        name=product.name,
        slug=product.slug,
        short=product.short_description,
        price=_price(product),
        badge=_badge(product),
    )


def _badge(product: Product) -> Html:
    if product.stock == 0:
        return Html('<span class="badge sold-out">Sold out</span>')
    if product.sale_price:
        return Html('<span class="badge sale">Sale</span>')
    return Html()


def _price(product: Product) -> Html:
    if product.sale_price is None:
        return render("_price", now=f"${product.price:,.2f}")
    return render(
        "_price_sale",
        now=f"${product.sale_price:,.2f}",
        was=f"${product.regular_price:,.2f}",
    )


def _stock(product: Product) -> Html:
    if product.stock == 0:
        return Html('<p class="stock none">Sold out for now</p>')
    if product.stock <= 5:
        return Html(f'<p class="stock few">Only {product.stock} left</p>')
    return Html('<p class="stock">In stock, ships within two working days</p>')


def _description(text: str) -> Html:
    shown = MARKUP.sub(r"<\1>", escape(text))
    return Html(shown if "<p>" in shown else f"<p>{shown}</p>")


def _facts(product: Product) -> Html:
    rows = [
        render(
            "_fact",
            name=name.replace("_", " ").capitalize(),
            value=", ".join(value) if isinstance(value, list) else value,
        )
        for name, value in product.attributes.items()
    ]
    return Html("".join(rows))
